#pragma once
/// Which build of the shared library this is.
int answer();
