"""What decides under which licence a file stands, and which licences get into the corpus."""

import pytest
from familiar_completion.training.licences import Decision, Licences, is_licence_file, of_head, of_metadata, spdx_admits

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person\n"
BSD = "Copyright someone\n\nRedistribution and use in source and binary forms, with or\nwithout modification\n"
LGPL = "                   GNU LESSER GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n"
BUNDLING = BSD + "---\nThis wheel bundles libgfortran.\nLicense: GPL-3.0-or-later WITH GCC-exception-3.1\n"
PSF = "A. HISTORY OF THE SOFTWARE\n\nReleases are under the GPL or not.\n\nPSF LICENSE AGREEMENT\n"
UNKNOWN = "You may use this on Tuesdays.\n"

EXPRESSIONS = {
    "MIT": True,
    "Apache-2.0 OR GPL-2.0-or-later": True,
    "GPL-2.0-only OR (MIT AND BSD-3-Clause)": True,
    "MIT AND (LGPL-2.1-only OR MPL-2.0)": False,
    "Apache-2.0 WITH LLVM-exception": True,
    "MIT AND GPL-3.0-only": False,
    "CC-BY-SA-4.0": False,
    "SEE LICENSE IN LICENSE.md": False,
    "": False,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_admits_if_one_of_its_branches_is_permissive(expression: str) -> None:
    assert spdx_admits(expression) is EXPRESSIONS[expression]


SAYS = {
    "# SPDX-License-Identifier: GPL-3.0-or-later\n": ("GPL-3.0-or-later", "SPDX line", False),
    "/* SPDX-License-Identifier: Apache-2.0 */\n": ("Apache-2.0", "SPDX line", True),
    "// SPDX-License-Identifier: (MIT OR GPL-2.0)\n// also: GPL\n": ("(MIT OR GPL-2.0)", "SPDX line", True),
    "# SPDX-License-Identifier: MIT\n# SPDX-License-Identifier: MPL-2.0\n": ("MIT AND MPL-2.0", "SPDX line", False),
    "# adapted from a demo, and thus licensed under LGPL 2.1.\n": ("GPL", "header", False),
    '"""A script.\n"""\n# terms of the GNU Lesser General\n# Public License as published\n': ("GPL", "header", False),
    "# Licensed under the Apache License, Version 2.0\n": ("Apache-2.0", "header", True),
    "# in compliance with the License, at\n# http://www.apache.org/licenses/LICENSE-2.0\n": (
        "Apache-2.0",
        "header",
        True,
    ),
    "/**\n * @license MIT\n */\n": ("MIT", "header", True),
    "# License: BSD 3 clause\n": ("BSD", "header", True),
    "# Permission to use, copy, modify, and/or distribute this software\n": ("ISC", "header", True),
    "# The licence of this part is the MPL2.\n": ("MPL", "header", False),
    "# BSD licence; parts are under the GPL.\n": ("BSD AND GPL", "header", False),
    "# Answers of a forum, under CC BY-SA 3.0\n": ("CC", "header", False),
    "# Use without an express agreement is strictly prohibited.\n": ("proprietary", "header", False),
    "# Licensed under the Tuesday License\n": ("unknown", "header", False),
}


@pytest.mark.parametrize("head", SAYS)
def test_a_file_says_itself_under_which_licence_it_stands(head: str) -> None:
    assert of_head(head + "x = 1\n") == Decision(*SAYS[head])


@pytest.mark.parametrize(
    "text",
    [
        "# GPLVM: a latent variable model\n",
        "# This licence is GPL-compatible.\n",
        "# how this works\n" * 60 + "# the GPL is mentioned far below\n",
        "# Licensed under the terms of the LICENSE file\n",
        "# Released under the same licence as the rest.\n",
        "# Studied at MIT.\n",
        "import matplotlib as mpl  # MPL\n",
    ],
)
def test_a_file_that_names_no_licence_leaves_it_to_its_package(text: str) -> None:
    assert of_head(text) is None


PACKAGE = {
    "LICENSE": MIT,
    "pkg/fonts/COPYING": LGPL,
    "pkg/port/LICENSE.txt": BSD,
    "pkg/odd/LICENSE": UNKNOWN,
    "pkg/both/LICENSE-MIT": MIT,
    "pkg/both/LICENSE-APACHE": "Apache License\nVersion 2.0, January 2004\n",
}
NEAREST = {
    "pkg/a.py": Decision("MIT", "licence file", True),
    "pkg/fonts/deep/a.py": Decision("GPL", "licence file", False),
    "pkg/port/a.py": Decision("BSD", "licence file", True),
    "pkg/odd/a.py": Decision("unknown", "licence file", False),
    "pkg/both/a.py": Decision("Apache-2.0 AND MIT", "licence file", True),
}


@pytest.mark.parametrize("path", NEAREST)
def test_the_nearest_licence_file_upwards_decides(path: str) -> None:
    assert Licences(PACKAGE, ["GPL"]).of(path, "x = 1\n") == NEAREST[path]


def test_what_a_file_says_itself_outranks_its_folder() -> None:
    assert Licences(PACKAGE, ["MIT"]).of("pkg/fonts/a.py", "# SPDX-License-Identifier: MIT\n").admitted
    assert not Licences(PACKAGE, ["MIT"]).of("pkg/a.py", "# under the terms of the GPL\n").admitted


ROOTS = {
    "no licence file": ({}, ["ISC"], Decision("ISC", "metadata", True)),
    "a text of no known licence": ({"LICENSE": UNKNOWN}, ["PSF-2.0"], Decision("PSF-2.0", "metadata", True)),
    "nothing at all": ({}, [], Decision("", "nothing", False)),
    "licences of bundled parts behind the own one": ({"LICENSE": BUNDLING}, [], Decision("BSD", "licence file", True)),
    "a history before the licence": ({"LICENSE": PSF}, [], Decision("PSF-2.0", "licence file", True)),
    "a bundled part's file beside the own one": (
        {"LICENSE": MIT, "LICENSE.fonts": LGPL}, [], Decision("MIT", "licence file", True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROOTS)
def test_the_metadata_decide_where_no_licence_file_does(case: str) -> None:
    files, stated, wanted = ROOTS[case]
    assert Licences(files, stated).of("pkg/a.py", "x = 1\n") == wanted


STATED = {
    ("MIT",): True,
    ("BSD License",): True,
    ("Apache 2.0",): True,
    ("ISC License (ISCL)",): True,
    ("Python Software Foundation License",): True,
    ("Apache Software License", "BSD License"): True,
    ("MIT License", "GNU General Public License v3 (GPLv3)"): False,
    ("GNU Lesser General Public License",): False,
    ("Proprietary",): False,
    ("", "  "): False,
}


@pytest.mark.parametrize("stated", STATED)
def test_all_that_the_metadata_state_has_to_be_permissive(stated: tuple[str, ...]) -> None:
    assert of_metadata(stated).admitted is STATED[stated]


def test_licence_files_are_known_by_their_names() -> None:
    assert all(map(is_licence_file, ["LICENSE", "a/COPYING.LESSER", "LICENSE-MIT", "licence.md", "LICENSE.APACHE"]))
    assert not any(map(is_licence_file, ["license.py", "licenses.ts", "a/licensed.txt", "LICENSE.html", "copy.txt"]))
