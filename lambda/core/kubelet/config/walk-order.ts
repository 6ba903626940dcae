/**
 * Orders paths as Go's `filepath.WalkDir` meets them: folder by folder, the entries of each by the bytes of their names. So `a/x.conf` comes before
 * `a-b.conf`, which a comparison of whole paths would turn around.
 */
export function compareWalkOrder(left: string, right: string): number {
  const [leftParts, rightParts] = [left.split(/[\\/]/), right.split(/[\\/]/)];

  for (let depth = 0; depth < Math.min(leftParts.length, rightParts.length); depth += 1) {
    const order = compareBytes(leftParts[depth] ?? '', rightParts[depth] ?? '');
    if (order !== 0) return order;
  }
  return leftParts.length - rightParts.length;
}

/** UTF-8 orders as its code points do; JavaScript's own order is that of UTF-16. */
function compareBytes(left: string, right: string): number {
  const [leftPoints, rightPoints] = [[...left], [...right]];

  for (let at = 0; at < Math.min(leftPoints.length, rightPoints.length); at += 1) {
    const order = (leftPoints[at]?.codePointAt(0) ?? 0) - (rightPoints[at]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return leftPoints.length - rightPoints.length;
}
