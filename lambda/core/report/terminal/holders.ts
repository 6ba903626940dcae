import { yamlOf } from '../../fix/grant/rbac-objects.ts';
import type { ClusterFacts } from '../../judge/control.ts';
import type { ProxyGrants } from '../../judge/proxy-holders.ts';
import { holdersToReplace, rolesToReplace } from '../../judge/proxy-replacements.ts';
import type { ListedNode } from '../../model/listed-node.ts';
import { howMany } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import { minorVersion } from '../../read/kubelet/known-versions.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';

/** Why no narrower role can be recommended to all of these kubelets. From 1.33 on they ask for nodes/pods, nodes/healthz and nodes/configz (KEP-2862). */
export function tooOld(nodes: readonly Pick<ListedNode, 'name' | 'kubeletVersion'>[]): string | undefined {
  const [first, ...more] = nodes.filter(({ kubeletVersion }) => (minorVersion(kubeletVersion) ?? 0) < 33);
  if (!first) return nodes.length === 0 ? 'no kubelet of the cluster is known' : undefined;
  const names = `${first.name}${more.length > 0 ? ` and ${howMany(more.length, 'other node')}` : ''}`;
  return plain(
    `${names} run ${first.kubeletVersion ?? 'an unknown version'}, and kubelets before 1.33 ask for nodes/proxy`,
  );
}

/** Who holds nodes/proxy, by what, what that is, and what to grant instead. */
export function holdersReport(
  { grants, unread }: Pick<ClusterFacts, 'grants' | 'unread'>,
  old: string | undefined,
  style: TableStyle,
): string {
  const holders = holdersToReplace(grants);
  const rows = holders.map(({ kind, name, ways, replacement: { what, rights } }) =>
    [`${kind} ${name}`, what, ways.map(({ text }) => text).join('; '), rights.join(', ') || 'see below'].map(plain),
  );
  const line = (head: string, text: string) => hanging(head, plain(text), style.width);
  const advice = new Set(holders.map(({ replacement }) => `${replacement.what}: ${replacement.advice}`));
  const roles = rolesToReplace(grants).map(({ role, rules, because }) => {
    const yaml = old === undefined ? '--yaml prints it without nodes/proxy' : `no YAML: ${old}`;
    return `ClusterRole ${role.name}: ${rules ? yaml : because}`;
  });
  const head = ['HOLDER', 'WHAT IT IS', 'HOLDS IT BY', 'GRANT INSTEAD'];
  return [
    rows.length === 0 ? 'Only Kubernetes and EKS hold nodes/proxy.' : style.draw(head, rows),
    ...[...advice].map((each) => line('  - ', each)),
    ...roles.map((each) => line('  ~ ', each)),
    ...unread.map((each) => line('  ! ', each)),
    '',
  ].join('\n');
}

/** The ClusterRoles to review and apply, each under a comment that says what changes and for whom. */
export const holdersYaml = (grants: ProxyGrants): string =>
  [
    '# Review, then apply: kubectl apply -f FILE. A chart’s next upgrade brings nodes/proxy back, so change its values too.\n',
    ...rolesToReplace(grants).map(({ role: { name, labels }, rules, rights, holders, because }) => {
      if (!rules) return `# ${plain(`ClusterRole ${name}: no YAML, ${because}`)}\n`;
      const metadata = { name, ...(Object.keys(labels).length > 0 && { labels }) };
      const written = rules.map(({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }) =>
        nonResourceURLs
          ? { nonResourceURLs, verbs }
          : { apiGroups, resources, ...(resourceNames.length > 0 && { resourceNames }), verbs },
      );
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: written };
      const about = plain(`ClusterRole ${name}, held by ${holders.join(', ')}`);
      return `# ${about}\n# - nodes/proxy\n# + ${rights.join(', ')}; take out what it doesn’t call\n${yamlOf(role)}---\n`;
    }),
  ].join('');
