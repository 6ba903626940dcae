/** What ends the routes. */
export function routeToNodes(
  routes: Readonly<Record<string, number>>,
  options?: { readonly closed?: boolean },
): () => void;
