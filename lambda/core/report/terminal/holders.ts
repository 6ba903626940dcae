import { yamlOf } from '../../fix/grant/rbac-objects.ts';
import type { ProxyGrants } from '../../judge/proxy-holders.ts';
import { holdersToReplace, rolesToReplace } from '../../judge/proxy-replacements.ts';
import { howMany } from '../../model/text/how-many.ts';
import { hanging } from '../../model/text/wrap.ts';
import { minorVersion } from '../../read/kubelet/minor-version.ts';
import { plain } from '../problem-lines.ts';
import type { TableStyle } from './table-style.ts';

/** The first version of the kubelet that asks for nodes/pods, nodes/healthz and nodes/configz (KEP-2862, beta and on by default). */
const firstNarrow = 33;

/** Why no kubelet-wide change can be recommended: some kubelets are too old, or nobody knows how old; `undefined` when all are new enough. */
export function tooOld(
  nodes: readonly { readonly name: string; readonly kubeletVersion?: string }[],
): string | undefined {
  if (nodes.length === 0) return 'no kubelet of the cluster is known';
  const [first, ...more] = nodes.filter(({ kubeletVersion }) => (minorVersion(kubeletVersion) ?? 0) < firstNarrow);
  if (!first) return undefined;
  const others = more.length > 0 ? ` and ${howMany(more.length, 'other node')}` : '';
  return plain(
    `${first.name}${others} run ${first.kubeletVersion ?? 'an unknown version'}, and kubelets before 1.${firstNarrow} ask for nodes/proxy`,
  );
}

/** Who holds nodes/proxy, by what, what that is, and what to grant instead. */
export function holdersReport(
  {
    grants,
    unread,
    old,
  }: { readonly grants: ProxyGrants; readonly unread: readonly string[]; readonly old: string | undefined },
  style: TableStyle & { readonly width: number },
): string {
  const holders = holdersToReplace(grants);
  const line = (head: string, text: string) => hanging(head, plain(text), style.width);
  const advice = new Set(holders.map(({ replacement: { what, advice: text } }) => `${what}: ${text}`));
  return [
    holders.length === 0
      ? 'Only Kubernetes and EKS hold nodes/proxy.'
      : style.draw(
          ['HOLDER', 'WHAT IT IS', 'HOLDS IT BY', 'GRANT INSTEAD'],
          holders.map(({ kind, name, ways, replacement }) => [
            plain(`${kind} ${name}`),
            replacement.what,
            plain(ways.map(({ text }) => text).join('; ')),
            replacement.rights.join(', ') || 'see below',
          ]),
        ),
    ...[...advice].map((each) => line('  - ', each)),
    ...rolesToReplace(grants).map(({ role, rules, because }) =>
      line(
        '  ~ ',
        `ClusterRole ${role.name}: ${rules && !old ? '--yaml prints it without nodes/proxy' : rules ? `no YAML: ${old}` : because}`,
      ),
    ),
    ...unread.map((each) => line('  ! ', each)),
  ]
    .map((each) => `${each}\n`)
    .join('');
}

/** The ClusterRoles to review and apply, each under a comment that says what changes and for whom. */
export function holdersYaml(grants: ProxyGrants): string {
  const roles = rolesToReplace(grants);
  const comment = (text: string) => `# ${plain(text)}\n`;
  return [
    '# Review, then apply: kubectl apply -f FILE. A chart’s next upgrade brings nodes/proxy back, so change its values too.\n',
    ...roles.map(({ role, rules, rights, holders, because }) =>
      rules
        ? [
            comment(`ClusterRole ${role.name}, held by ${holders.join(', ')}`),
            comment('- nodes/proxy'),
            comment(`+ ${rights.join(', ')}; take out what it doesn’t call`),
            yamlOf(clusterRole(role, rules)),
            '---\n',
          ].join('')
        : comment(`ClusterRole ${role.name}: no YAML, ${because}`),
    ),
  ].join('');
}

type Planned = ReturnType<typeof rolesToReplace>[number];

const clusterRole = ({ name, labels }: Planned['role'], rules: NonNullable<Planned['rules']>) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, ...(Object.keys(labels).length > 0 && { labels }) },
  rules: rules.map(({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }) =>
    nonResourceURLs
      ? { nonResourceURLs, verbs }
      : { apiGroups, resources, ...(resourceNames.length > 0 && { resourceNames }), verbs },
  ),
});
