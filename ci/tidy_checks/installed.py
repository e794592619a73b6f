"""Headers that are installed include only headers that are installed, and no library that those
who use Tarsier need not have. What is installed, ci/cmake/TarsierInstall.cmake says."""
import fnmatch
import re

from tidy_checks.layers import INCLUDE

INSTALL = re.compile(r"install\(DIRECTORY ([\w/ ]+?)\s+DESTINATION[^)]*?FILES_MATCHING([^)]*)\)",
                     re.DOTALL)
EXCLUDED = re.compile(r'PATTERN "([^"]+)" EXCLUDE')
NOT_FOR_USERS = re.compile(r"boost/|openssl/|gtest/|gmock/|rapidcheck")


def installed(cmake_text, paths):
    """The headers among `paths` that the install rule takes."""
    rule = INSTALL.search(cmake_text)
    folders = tuple(name + "/" for name in rule.group(1).split())
    patterns = EXCLUDED.findall(rule.group(2))

    def excluded(path):
        return any(fnmatch.fnmatchcase(part, pattern)
                   for part in path.split("/") for pattern in patterns)

    return {path for path in paths
            if path.endswith(".h") and path.startswith(folders) and not excluded(path)}


def check(sources, paths, cmake_text):
    headers = installed(cmake_text, paths)
    for source in sources:
        if source.path not in headers:
            continue
        for match in INCLUDE.finditer(source.text):
            if source.code[match.start():match.end()].strip()[:1] != "#":
                continue
            quoted, angled = match.group(1), match.group(2)
            if quoted and quoted in paths and quoted not in headers:
                yield source.finding("installed", match.start(),
                                     f'an installed header includes "{quoted}", which is not '
                                     "installed (ci/cmake/TarsierInstall.cmake)")
            if angled and NOT_FOR_USERS.match(angled):
                yield source.finding("installed", match.start(),
                                     f"an installed header includes <{angled}>: hide it behind a "
                                     "source file, or do not install it")
