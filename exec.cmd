@rem The scripts of package.json begin with `exec`, so that npm's signals reach Node and not only a shell in front of it.
@rem cmd.exe has no such word; it finds this file, which runs the rest of the line.
@%*
