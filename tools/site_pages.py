"What the pages of the site get that notebooks do not have: tests folded behind examples, signatures as Python has them, the page of commands"
import ast, html, re

from execnb.nbio import mk_cell

TESTS = re.compile(r'test_(eq|ne|close|fail|is|shuffled|stdout|warns|sig|eq_type)$')
FENCE = re.compile(r'(```python\n)(.*?)(\n```)', re.S)
LINKED = re.compile(r'\[(`[^`]+`)\]\([^)\s]*\)')

def only_tests(
    cell, # Notebook cell
)->bool:  # Whether each of its statements is an assertion, or a loop over assertions, and it shows nothing
    "A test is for who changes the code; a reader wants the example"
    def is_test(n):
        if isinstance(n, ast.Assert): return True
        if isinstance(n, (ast.For, ast.With)): return all(map(is_test, n.body))
        call = n.value if isinstance(n, ast.Expr) else None
        return isinstance(call, ast.Call) and bool(TESTS.match(getattr(call.func, 'id', '')))
    if cell.cell_type != 'code' or cell.get('outputs') or 'show_doc(' in cell.source: return False
    try: body = ast.parse(re.sub(r'(?m)^[%!].*', 'pass', cell.source)).body
    except SyntaxError: return False
    return bool(body) and all(map(is_test, body))

def is_code(cell): return cell.cell_type == 'code' and 'show_doc(' not in cell.source

def examples_first(
    nb, # Processed notebook
):
    "Between two texts, cells that only test come after those that show, and fold"
    out, block = [], []
    def close():
        tests = [c for c in block if only_tests(c)]
        out.extend(c for c in block if not only_tests(c))
        if tests: out.extend([mk_cell('<details class="tests"><summary>Tests</summary>', 'markdown'), *tests, mk_cell('</details>', 'markdown')])
        block.clear()
    for c in nb.cells:
        if is_code(c): block.append(c)
        else: close(); out.append(c)
    close()
    nb.cells = out

def plain_signatures(
    text:str,    # Markdown, as show_doc writes it
    classes:set, # Names of classes
)->str:          # Markdown
    "In code a link is no link; and a class is not a function"
    def one(m):
        code = LINKED.sub(r'\1', m[2])
        return m[1] + re.sub(r'\A(\s*)def (\w+)\(', lambda d: f'{d[1]}{"class" if d[2] in classes else "def"} {d[2]}(', code) + m[3]
    return FENCE.sub(one, text)

def classes_of(
    nb, # Notebook
)->set: # Names of the classes that it defines
    "A class and a function look alike in what show_doc writes"
    return {m for c in nb.cells if c.cell_type == 'code' for m in re.findall(r'^class (\w+)', c.source, re.M)}

def origin(
    nb,       # Processed notebook
    name:str, # Its file beside the page
    module:str, # What it makes, or empty
):
    "Where a page comes from, under its title"
    makes = f'<code>{html.escape(module)}</code> · ' if module else ''
    at = next((i for i, c in enumerate(nb.cells) if c.cell_type == 'raw'), -1) + 1
    nb.cells.insert(at, mk_cell(f'<p class="origin">{makes}<a href="{name}?source" download="{name}">source notebook</a></p>', 'markdown'))

def _row(names, text): # Of a table in Markdown
    escaped = re.sub(r'([|<>\\\[\]])', r'\\\1', text or '')
    return f"| `{names.strip().replace('|', chr(92) + '|')}` | {escaped} |"

def _command(cmd, path, level): # One command, and those under it
    ctx = cmd.make_context(path, [], resilient_parsing=True)
    out = [f'{"#"*level} {path}', cmd.help or '']
    inner = getattr(cmd, 'commands', {})
    if not inner: out.append('```sh\n' + ' '.join([path, *cmd.collect_usage_pieces(ctx)]) + '\n```')
    found = [(p.param_type_name, p.get_help_record(ctx)) for p in cmd.get_params(ctx)]
    for kind, title in (('argument', 'Argument'), ('option', 'Option')):
        rows = [_row(*r) for k, r in found if k == kind and r and not (inner and r[0] == '--help')]
        if rows: out.append('\n'.join([f'| {title} | |', '|---|---|', *rows]))
    for name, c in inner.items(): out += _command(c, f'{path} {name}', min(level + 1, 4))
    return out

def commands_page()->str: # Markdown
    "Every command and option, from the very objects that answer `--help`"
    from deltav2a.app.cli import app
    from typer.main import get_command
    front = '---\ntitle: Commands\ndescription: Every command of `deltav2a`, with its arguments and options\n---\n'
    say = 'The same as `deltav2a COMMAND --help`. `deltav2a --install-completion` lets your shell complete commands and options.'
    top = get_command(app)
    body = [t for n, c in top.commands.items() for t in _command(c, f'deltav2a {n}', 2)]
    own = _command(type(top)(name='deltav2a', params=top.params), 'deltav2a', 2)[2:]
    return '\n\n'.join([front + '\n' + say, *own, *filter(None, body)]) + '\n'
