# make demo   install the package and hear it on real sounds: figures/demo/index.html
# make check  look at all files, run a notebook of each district and those that changed against HEAD (or BASE=ref)
# make test   install everything and run every check: half an hour on 2 cores
# make docs   write README.md and build the documentation site into _docs
# make figures NAMES="..."    draw figures/ again from recorded results
# make reproduce NAMES="..."  run the recorded runs again, and say which figure moved
# make outputs NB="nbs/01_core/05_image.ipynb ..."   run notebooks and keep their outputs
# make clean  remove what was built (.venv stays)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NB ?= nbs
BASE ?= HEAD

.PHONY: demo check test docs figures reproduce outputs clean
demo: $(VENV)/.lean
	@$(BIN)/deltav2a demo
	@echo "Your own: $(BIN)/deltav2a edit before.jpg after.jpg sound.wav -o edited.wav --plot edited.png"

test: $(VENV)/.full
	@$(BIN)/python tools/run_checks.py

check: $(VENV)/.full
	@$(BIN)/python tools/run_checks.py --quick --base $(BASE)

docs: $(VENV)/.full
	@$(BIN)/python tools/readme.py
	@$(BIN)/python tools/docs.py

figures: $(VENV)/.full
	@$(BIN)/deltav2a experiment figures $(NAMES)

reproduce: $(VENV)/.full
	@$(BIN)/deltav2a experiment reproduce $(NAMES)

outputs: $(VENV)/.full
	@$(BIN)/python tools/save_outputs.py $(NB)

clean:
	rm -rf _docs _proc build figures/demo .ruff_cache $(VENV)/.lean $(VENV)/.full
	find . -path ./$(VENV) -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -type d -exec rm -rf {} +

# Stamps: pip runs again only when the requirements change
$(VENV)/.lean: settings.ini setup.py | $(BIN)/pip
	@echo "Installing deltav2a with its text model into $(VENV) (torch is large, several GB: some minutes without a word)"
	@$(PIP) -e '.[names]'
	@touch $@

$(VENV)/.full: settings.ini setup.py | $(BIN)/pip
	@echo "Installing deltav2a with all optional models and the checkers into $(VENV) (several GB: some minutes)"
	@$(PIP) -e '.[full,dev]'
# Alone: it asks for PyAudio, which plays through a sound card and needs PortAudio's headers; rendering to samples does not
	@$(PIP) --no-deps tinysoundfont
	@touch $@ $(VENV)/.lean

$(BIN)/pip:
	@sh tools/make_venv.sh $(VENV)
