// Nothing: the targets of RetortPrecompiled.cmake need a file to have a precompiled header.
