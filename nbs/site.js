// Search from a disk: `fetch` may not read search.json there, so the same index comes as a script
if (location.protocol === 'file:') {
  const fetched = window.fetch
  window.fetch = (url, ...more) => !String(url).endsWith('search.json') ? fetched(url, ...more) : new Promise((done, fail) => {
    const s = document.createElement('script')
    s.onload = () => done({ok: true, json: async () => window.searchIndex})
    s.onerror = fail
    s.src = String(url).replace(/json$/, 'js')
    document.head.append(s)
  })
}
// One sound at a time
document.addEventListener('play', e => document.querySelectorAll('audio').forEach(a => { if (a !== e.target) a.pause() }), true)
// Screens without a mouse scroll wide tables and formulas by touch; the keyboard needs a stop there
addEventListener('load', () => document.querySelectorAll('main .sd-table, main pre, main .math.display').forEach(e => { if (e.scrollWidth > e.clientWidth) e.tabIndex = 0 }))
// What somebody looks for first: the page or section of that name, then titles and texts of guides, then commands, then the package's own names, its internals last
addEventListener('load', () => {
  if (!window.Fuse) return
  const guide = e => /^index\.html|^(tutorials|explanations)\//.test(e.href), words = s => s.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || []
  const rank = (e, q) => {
    const all = s => words(q).every(w => s.toLowerCase().includes(w)), name = (e.section || e.title).toLowerCase()
    if (name === q.toLowerCase()) return 0
    if (/^commands\.html/.test(e.href)) return all(name) ? 3.5 : all(e.text) ? 5.5 : 7
    if (guide(e)) return all(name) ? 1 : all(e.title) ? 2 : all(e.text) ? 3 : 7
    return name[0] === '_' ? 8 : all(name) ? 4 : all(e.title) ? 5 : all(e.text) ? 6 : 7
  }
  window.Fuse = class extends window.Fuse {
    search(q, {limit = 20, ...more} = {}) {
      const found = super.search(q, more).map((h, i) => [rank(h.item, q), i, h])
      return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, limit).map(h => h[2])
    }
  }
})
