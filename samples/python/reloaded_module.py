# SPDX-License-Identifier: MIT
# A module is loaded again and again, and each time adds its functions to those that are called.
import importlib
import pathlib
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    sys.modules["callbacks"] = sys
    sys.callbacks = []
    text = "import sys\ndef call(text=bytes(300)):\n    pass\nsys.callbacks.append(call)\n"
    pathlib.Path(folder, "plugin.py").write_text(text)
    import plugin

    for number in range(150):
        importlib.reload(plugin)  # EXPECT leak
