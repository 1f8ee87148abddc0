"Files of the site beside its pages: pictures, sounds, style sheets and the search index, small enough to load at once"
import io, json, re, shutil
from pathlib import Path

CLASS = re.compile(r'\.(-?[_a-zA-Z][\w-]*)')
WIDE = 1000 # Pixels; the text is 820 wide

def copy_file(
    src:Path, # A file of the repository
    to:Path,  # Its place; pictures become a `.webp`
):
    "Bring a file to the site, pictures without loss or nearly so, whichever is smaller"
    from PIL import Image
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.suffix != '.webp': return shutil.copy(src, to)
    img = Image.open(src).convert('RGB')
    img.thumbnail((WIDE, 10*WIDE))
    def webp(**kw):
        buf = io.BytesIO()
        img.save(buf, 'WEBP', method=4, **kw)
        return buf.getvalue()
    to.write_bytes(min(webp(lossless=True), webp(quality=82), key=len))

def search_script(
    docs:Path, # The site
):
    "The search index as a script too: a browser that opened the site from a disk may not read JSON"
    index = json.loads((docs/'search.json').read_text(encoding='utf-8'))
    (docs/'search.js').write_text(f'window.searchIndex = {json.dumps(index, ensure_ascii=False)}\n', encoding='utf-8')

def few_icons(
    docs:Path, # The site
    used:set,  # Words that stand in its pages and scripts
):
    "The icons that pages name and style sheets draw, of the 2,000 of the font"
    from fontTools import subset
    css, libs = docs/'site_libs/bootstrap-icons/bootstrap-icons.min.css', docs/'site_libs'
    text = re.sub(r'\.(bi-[a-z0-9-]+)::before\{[^}]*\}', lambda m: m[0] if m[1] in used else '', css.read_text(encoding='utf-8'))
    css.write_text(re.sub(r'src:url\([^)]*\) format\("woff2"\),', 'src:', text), encoding='utf-8')
    said = text + (libs/'smalldocs.css').read_text(encoding='utf-8')
    fonts = libs/'bootstrap-icons/fonts'
    args = [str(fonts/'bootstrap-icons.woff'), f'--unicodes={",".join(re.findall(r"""content: ?"?.([ef][0-9a-f]{3})""", said))}', '--flavor=woff', f'--output-file={fonts/"few.woff"}']
    subset.main(args)
    (fonts/'few.woff').replace(fonts/'bootstrap-icons.woff')
    (fonts/'bootstrap-icons.woff2').unlink()

def rules(
    css:str, # A style sheet without comments
)->list:     # (what stands before the brace, what stands between the braces)
    "The rules at the top of a style sheet"
    out, depth, start, brace = [], 0, 0, 0
    for m in re.finditer(r'[{};]', css):
        if m[0] == '{':
            if not depth: brace = m.start()
            depth += 1
        elif m[0] == '}':
            depth -= 1
            if not depth: out.append((css[start:brace].strip(), css[brace + 1:m.start()])); start = m.end()
        elif not depth: out.append((css[start:m.end()].strip(), None)); start = m.end()
    return out

def few_rules(
    css:str,  # A style sheet
    used:set, # Words that stand in pages and scripts
)->str:       # Without selectors for classes that are not among them
    "The rules of a style sheet that can apply"
    out = []
    for head, body in rules(re.sub(r'/\*.*?\*/', '', css, flags=re.S)):
        if body is None or head.startswith(('@font', '@keyframes', '@-')): out.append(head if body is None else f'{head}{{{body}}}')
        elif head.startswith('@'): out.append(f'{head}{{{inner}}}' if (inner := few_rules(body, used)) else '')
        else:
            keep = [s for s in re.split(r',(?![^(]*\))', head) if set(CLASS.findall(s)) <= used]
            if keep: out.append(f'{",".join(keep)}{{{body}}}')
    return ''.join(out)

def slim(
    docs:Path,  # The site
    pages:list, # Its pages
):
    "Leave out what no page uses: most of Bootstrap's style sheet and icons"
    libs = docs/'site_libs'
    used = {w for p in pages for c in re.findall(r'\bclass=(?:"([^"]*)"|([^\s>"]+))', p.read_text(encoding='utf-8')) for part in c for w in part.split()}
    for js in (docs/'site.js', libs/'smalldocs.js', libs/'bootstrap/bootstrap.bundle.min.js'): used |= set(re.findall(r'[\w-]+', js.read_text(encoding='utf-8')))
    theme = libs/'themes/none.min.css'
    text = theme.read_text(encoding='utf-8')
    theme.write_text(few_rules(text, used) + re.search(r'/\*.*?\*/', text, re.S)[0] + '\n', encoding='utf-8') # with its licence
    few_icons(docs, used)
