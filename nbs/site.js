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
