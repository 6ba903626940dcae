/** A kubeconfig of one cluster and one user, whose current context is `here`. */
export const kubeconfigText = (cluster: object, user: object, name = 'c'): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name, cluster }],
    contexts: [{ name: 'here', context: { cluster: name, user: 'u' } }],
    users: [{ name: 'u', user }],
  });
