"Packaging: everything comes from settings.ini"
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

ini = ConfigParser(delimiters=['='])
ini.read(Path(__file__).parent/'settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
reqs = lambda key: [l.strip() for l in cfg.get(key, '').splitlines() if l.strip()]

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], license='MIT',
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], keywords=cfg['keywords'].split(),
    long_description=(Path(__file__).parent/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    python_requires=f">={cfg['min_python']},<{cfg['below_python']}", classifiers=[l.strip() for l in cfg['classifiers'].splitlines() if l.strip()],
    packages=find_packages(include=['deltav2a', 'deltav2a.*']),
    package_data={'deltav2a': ['py.typed', 'weights/**/*', 'assets/**/*']},
    install_requires=reqs('requirements'), extras_require=dict(full=reqs('full_requirements'), names=reqs('names_requirements'), dev=reqs('dev_requirements'), cluster=reqs('cluster_requirements'), lab=reqs('lab_requirements')),
    entry_points=dict(console_scripts=[cfg['console_scripts']], nbdev=[f"{cfg['lib_name']}=deltav2a._modidx:d"]), zip_safe=False)
