#!/usr/bin/env python3
"Build the site and follow every link, picture, script and style in it; nothing may load from another host"
import re, sys
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

from docs import ROOT, build_site, config

DOCS = ROOT/'_docs'
CSS_URL = re.compile(r'''url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)''')
external = lambda url: re.match(r'(?:[a-z][a-z0-9+.-]*:)?//', url, re.I)

class Page(HTMLParser):
    "Ids, links and loaded files of a page"
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads, self.style = set(), [], [], False
        self.feed(text)
    def handle_starttag(self, tag, attrs):
        a = {k:v or '' for k,v in attrs}
        self.ids |= {a.get('id'), a.get('name') if tag == 'a' else None} - {None}
        self.style = tag == 'style'
        if tag == 'a' and 'href' in a: self.links.append(a['href'])
        if tag == 'link' and 'canonical' not in a.get('rel', ''): self.loads.append(a.get('href', ''))
        self.loads += [a[k] for k in ('src', 'poster', 'data') if tag != 'a' and k in a]
        self.loads += [u.split()[0] for u in a.get('srcset', '').split(',') if u.strip()]
        self.loads += [m[1] or m[2] for m in CSS_URL.finditer(a.get('style', ''))]
    def handle_data(self, data):
        if self.style: self.loads += [m[1] or m[2] for m in CSS_URL.finditer(data)]
        if re.search(r'''(?:\bimport\b|fetch\(|from)\s*\(?\s*['"]https?:''', data) and self.lasttag == 'script': self.loads.append('https: in a script')
    def handle_endtag(self, tag): self.style = False

def main():
    built, bad = build_site()
    pages = {p: Page(p.read_text(encoding='utf-8')) for p in built}
    hosts = tuple(config()[k] for k in ('doc_host', 'git_url'))
    n, outside = 0, set()
    def follow(file, url, loads):
        nonlocal n
        n += 1
        if external(url) or re.match('(mailto|data|blob|javascript):', url):
            if loads and external(url): bad.append(f'{file.relative_to(DOCS)}: loads {url} from another host')
            elif url.startswith(hosts): bad.append(f'{file.relative_to(DOCS)}: {url} is ours and must be a relative link')
            elif external(url): outside.add(url)
            return
        path, anchor = urldefrag(url)
        to = (file.parent/unquote(path.split('?')[0])).resolve() if path else file
        if to.is_dir(): to /= 'index.html'
        if not to.is_relative_to(DOCS) or not to.is_file(): bad.append(f'{file.relative_to(DOCS)}: {url} leads nowhere')
        elif anchor and to in pages and unquote(anchor) not in pages[to].ids: bad.append(f'{file.relative_to(DOCS)}: no {anchor} in {to.name}')
    for p, page in pages.items():
        for u in page.links: follow(p, u, False)
        for u in page.loads: follow(p, u, True)
    for f in DOCS.rglob('*.css'):
        for m in CSS_URL.finditer(f.read_text(encoding='utf-8')): follow(f, m[1] or m[2], True)
    print(*bad, f'{len(pages)} pages, {n} links and loaded files followed, {len(outside)} links to other hosts not followed, {len(bad)} faults', sep='\n')
    sys.exit(bool(bad))

main()
