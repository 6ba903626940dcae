/**
 * The absolute form of a path that the kubelet was given, with `..` and `.` resolved as by Go's `filepath.Abs`. `undefined` when the path is relative
 * to an unknown directory. Windows paths keep their spelling; below a Linux directory `C:/c` is a relative path like any other.
 */
export function absolutePath(path: string, directory: string | undefined): string | undefined {
  if (path.startsWith('/')) return clean(path);
  if (directory?.startsWith('/') === true) return clean(`${directory}/${path}`);
  if (isWindowsPath(path)) return path;
  if (directory === undefined) return undefined;

  return isWindowsPath(directory) ? `${directory.replace(/[\\/]$/, '')}\\${path}` : undefined;
}

/** The directory that holds a file. */
export function directoryOf(path: string): string {
  const end = isWindowsPath(path) ? Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) : path.lastIndexOf('/');
  return end <= 0 ? path.slice(0, 1) : path.slice(0, end);
}

/** `C:\x`, `C:/x` or `\\server\x`. */
export const isWindowsPath = (path: string): boolean => /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);

function clean(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}
