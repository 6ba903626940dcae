/**
 * The absolute form of a path that the kubelet was given, `..` and `.` resolved as Go's `filepath.Abs` does; `undefined` when it is relative and the
 * directory is not known. Windows paths keep their spelling; below a Linux directory `C:/c` is a relative path like any other.
 */
export function absolutePath(path: string, directory: string | undefined): string | undefined {
  if (path.startsWith('/')) return clean(path);
  if (directory?.startsWith('/') === true) return clean(`${directory}/${path}`);
  if (isWindowsPath(path)) return path;
  if (directory === undefined) return undefined;

  return isWindowsPath(directory) ? `${directory.replace(/[\\/]$/, '')}\\${path}` : undefined;
}

/** The directory that a file lies in. */
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
