import { alikeBy } from '../../model/alike-by.ts';
import type { Control } from '../control.ts';

/** Frameworks that auditors ask for, and how a finding names one of their requirements: AWS's own controls write it so, at most 64 characters. */
export const frameworks = {
  'nist-800-53-r5': { title: 'NIST SP 800-53 revision 5', named: (id: string) => `NIST.800-53.r5 ${id}` },
  'cis-controls-8': { title: 'CIS Controls v8', named: (id: string) => `CIS Controls v8/${id}` },
  'iso-27001-2022': { title: 'ISO/IEC 27001:2022, Annex A', named: (id: string) => `ISO/IEC 27001:2022/${id}` },
} as const;

/** Who says that a control serves a requirement. Each entry of the table names one of these. */
export const requirementSources = {
  'cis-eks-1.8.0': {
    name: 'CIS Amazon EKS Benchmark 1.8.0',
    title: 'The table "CIS Controls" of each recommendation',
    url: 'https://www.cisecurity.org/benchmark/kubernetes',
  },
  'disa-stig': {
    name: 'DISA Kubernetes STIG V2R4',
    title: "A rule of DISA's guide, and what DISA's list of Control Correlation Identifiers (2023-06-07) says of it",
    url: 'https://public.cyber.mil/stigs/cci/',
  },
  prowler: {
    name: 'Prowler 3e000faa',
    title: "Its check of the same setting: a vendor's mapping, not ISO's",
    url: 'https://github.com/prowler-cloud/prowler/blob/3e000faa3109230b748e4418a13c11c9e59f5cfb/prowler/compliance/kubernetes/iso27001_2022_kubernetes.json',
  },
} as const;

/** The requirements that a control serves, NIST's first; none where no source maps it. */
export const requirementsOf = ({ slug }: Pick<Control, 'slug'>) => requirements.get(slug) ?? [];

/** `NIST.800-53.r5 AC-3` */
export const requirementName = (each: { readonly framework: keyof typeof frameworks; readonly id: string }): string =>
  frameworks[each.framework].named(each.id);

/** Who maps controls to each framework, in the order of the columns. */
const columns = [
  ['nist-800-53-r5', 'disa-stig'],
  ['cis-controls-8', 'cis-eks-1.8.0'],
  ['iso-27001-2022', 'prowler'],
] as const;

/**
 * Control → requirements as the framework writes them, each with the place in the source: a recommendation, a rule, or the name of a check. An entry
 * is here only where its source names the same setting or file. AWS maps its own EKS controls, but none of them is about a kubelet, so none of that
 * mapping is taken over.
 */
const requirements = new Map(
  `
kubelet-kubeconfig-mode | CM-6: V-242452, CCI-000366 (CM-6 b) | 3.3: 3.1.1 | -
kubelet-kubeconfig-owner | CM-6: V-242453, CCI-000366 (CM-6 b) | 3.3: 3.1.2 | A.8.2: kubelet_conf_file_ownership
kubelet-config-mode | CM-5(6): V-242407, CCI-001499 | 3.3: 3.1.3 | -
kubelet-config-owner | CM-5(6): V-242406, CCI-001499 | 3.3: 3.1.4 | A.5.13: kubelet_config_yaml_ownership
kubelet-anonymous-auth | AC-3: V-242391, CCI-000213 | 5.3: 3.2.1 | A.5.1 A.5.15 A.5.18 A.8.12 A.8.20 A.8.21 A.8.22: kubelet_disable_anonymous_auth
kubelet-authorization-mode | AC-3: V-242392, CCI-000213 | 5.4: 3.2.2 | A.5.1 A.5.2 A.5.15 A.5.18 A.8.12: kubelet_authorization_mode
kubelet-client-ca-file | SC-23: V-242420, CCI-001184 | 3.10: 3.2.3 | A.5.1 A.5.2 A.5.15 A.5.18 A.8.12 A.8.20 A.8.21 A.8.22: kubelet_client_ca_file_set
kubelet-read-only-port | AC-3: V-242387, CCI-000213 | 12.6: 3.2.4 | -
kubelet-streaming-timeout | SC-10: V-245541, CCI-001133 | 12.6: 3.2.5 | A.8.14: kubelet_streaming_connection_timeout
kubelet-protect-kernel-defaults | SC-3: V-242434, CCI-001084 | - | -
kubelet-iptables-chains | - | 12.3: 3.2.6 | -
kubelet-hostname-override | CM-5(6): V-242404, CCI-001499 | - | -
kubelet-event-qps | - | 8.2 8.5: 3.2.7 | -
kubelet-rotate-certificates | - | 3.10: 3.2.8 | A.5.1 A.5.15 A.5.16 A.8.5 A.8.12 A.8.20 A.8.21 A.8.22: kubelet_rotate_certificates
kubelet-rotate-server-certificate | - | 3.10: 3.2.9 | -
cluster-proxy-holders | - | 6.8: 4.1.10 | -
`
    .trim()
    .split('\n')
    .map((row) => {
      const [slug = '', ...cells] = row.split(' | ');
      const served = columns.flatMap(([framework, source], index) => {
        const [ids = '', where] = cells[index]?.split(': ') ?? [];
        return where === undefined ? [] : ids.split(' ').map((id) => ({ framework, id, source, where }));
      });
      return [slug, served] as const;
    }),
);

/** Framework by framework, each requirement that one of the controls serves, in the order of its number. */
export function requirementIndex(controls: readonly Control[]) {
  const served = controls.flatMap((control) => requirementsOf(control).map((each) => ({ ...each, control })));
  const order = Object.keys(frameworks);
  return [...alikeBy(served, requirementName).values()]
    .map((all) => ({ framework: all[0].framework, id: all[0].id, controls: all.map(({ control }) => control) }))
    .toSorted(
      (one, other) =>
        order.indexOf(one.framework) - order.indexOf(other.framework) || byNumber.compare(one.id, other.id),
    );
}

/** `A.5.2` before `A.5.15`. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** What the CIS Amazon EKS Benchmark 1.8.0 says of a recommendation beside its rule, in our own words. The profile level of all of these is 1. */
export const benchmarkTextOf = ({ slug, numbers }: Pick<Control, 'slug' | 'numbers'>) =>
  numbers['cis-eks-1.8.0'] && { level: 1, impact: new Map(Object.entries(impacts)).get(slug) };

const impacts = {
  'kubelet-kubeconfig-mode': 'Only administrators of the node can change the file afterwards.',
  'kubelet-anonymous-auth':
    'What asked the kubelet without credentials, for example for quick troubleshooting, is refused.',
  'kubelet-authorization-mode': 'Requests without a permission are refused.',
  'kubelet-client-ca-file': 'TLS must be set up on the API server and on the kubelets.',
  'kubelet-read-only-port':
    'A service that used the read-only port must be changed to use the main port of the kubelet.',
  'kubelet-streaming-timeout': 'Connections that are idle for long can be interrupted.',
  'kubelet-iptables-chains':
    'The kubelet keeps the iptables rules in sync. Another manager of iptables can conflict with it.',
  'kubelet-event-qps':
    'With 0, too many events can overload the cluster: what processes and stores them must be sized for that.',
  'cluster-proxy-holders': 'Users and service accounts that have the right must be reviewed.',
};
