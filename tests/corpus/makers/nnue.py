# /// script
# dependencies = []
# ///
"""The network inside Debian's chess engine, which writes it out on command."""

import subprocess
import sys
from pathlib import Path

OUT, CORPUS = Path(sys.argv[1]), Path(sys.argv[2])

for engine in sorted(CORPUS.glob("debian/stockfish-*/usr/games/stockfish")):
    commands = "export_net network.nnue\nquit\n"
    subprocess.run([engine], input=commands, text=True, cwd=OUT, stdout=subprocess.DEVNULL, check=True)
    print("nnue", "network.nnue", sep="\t")
