import type { Control } from '../control.ts';

/** Frameworks that auditors ask for, and how a finding names one of their requirements: AWS's own controls write it so, at most 64 characters. */
export const frameworks = {
  'nist-800-53-r5': { title: 'NIST SP 800-53 revision 5', named: (id: string) => `NIST.800-53.r5 ${id}` },
  'cis-controls-8': { title: 'CIS Controls v8', named: (id: string) => `CIS Controls v8/${id}` },
  'iso-27001-2022': { title: 'ISO/IEC 27001:2022, Annex A', named: (id: string) => `ISO/IEC 27001:2022/${id}` },
} as const;
type Framework = keyof typeof frameworks;

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
type RequirementSource = keyof typeof requirementSources;

/** One requirement that a control serves, and where the source says so. */
export interface Requirement {
  readonly framework: Framework;
  /** As the framework writes it: `AC-3`, `CM-5(6)`, `3.10`, `A.8.20`. */
  readonly id: string;
  readonly source: RequirementSource;
  /** Where in the source: a recommendation, a rule, or the name of a check. */
  readonly where: string;
}

/** The requirements that a control serves, NIST's first; none where no source maps it. */
export const requirementsOf = ({ slug }: Pick<Control, 'slug'>): readonly Requirement[] =>
  Object.hasOwn(requirements, slug) ? (requirements[slug] ?? []) : [];

/** `NIST.800-53.r5 AC-3` */
export const requirementName = ({ framework, id }: Pick<Requirement, 'framework' | 'id'>): string =>
  frameworks[framework].named(id);

const nist = (id: string, where: string): Requirement => ({
  framework: 'nist-800-53-r5',
  id,
  source: 'disa-stig',
  where,
});

const cis = (recommendation: string, ...ids: readonly string[]): readonly Requirement[] =>
  ids.map((id) => ({ framework: 'cis-controls-8', id, source: 'cis-eks-1.8.0', where: recommendation }));

const iso = (check: string, ...ids: readonly string[]): readonly Requirement[] =>
  ids.map((id) => ({ framework: 'iso-27001-2022', id, source: 'prowler', where: check }));

/**
 * Control → requirements. An entry is here only where its source names the same setting or file. AWS maps its own EKS controls, but none of them is
 * about a kubelet, so none of that mapping is taken over.
 */
const requirements: Readonly<Record<string, readonly Requirement[]>> = {
  'kubelet-kubeconfig-mode': [nist('CM-6', 'V-242452, CCI-000366 (CM-6 b)'), ...cis('3.1.1', '3.3')],
  'kubelet-kubeconfig-owner': [
    nist('CM-6', 'V-242453, CCI-000366 (CM-6 b)'),
    ...cis('3.1.2', '3.3'),
    ...iso('kubelet_conf_file_ownership', 'A.8.2'),
  ],
  'kubelet-config-mode': [nist('CM-5(6)', 'V-242407, CCI-001499'), ...cis('3.1.3', '3.3')],
  'kubelet-config-owner': [
    nist('CM-5(6)', 'V-242406, CCI-001499'),
    ...cis('3.1.4', '3.3'),
    ...iso('kubelet_config_yaml_ownership', 'A.5.13'),
  ],
  'kubelet-anonymous-auth': [
    nist('AC-3', 'V-242391, CCI-000213'),
    ...cis('3.2.1', '5.3'),
    ...iso('kubelet_disable_anonymous_auth', 'A.5.1', 'A.5.15', 'A.5.18', 'A.8.12', 'A.8.20', 'A.8.21', 'A.8.22'),
  ],
  'kubelet-authorization-mode': [
    nist('AC-3', 'V-242392, CCI-000213'),
    ...cis('3.2.2', '5.4'),
    ...iso('kubelet_authorization_mode', 'A.5.1', 'A.5.2', 'A.5.15', 'A.5.18', 'A.8.12'),
  ],
  'kubelet-client-ca-file': [
    nist('SC-23', 'V-242420, CCI-001184'),
    ...cis('3.2.3', '3.10'),
    ...iso('kubelet_client_ca_file_set', 'A.5.1', 'A.5.2', 'A.5.15', 'A.5.18', 'A.8.12', 'A.8.20', 'A.8.21', 'A.8.22'),
  ],
  'kubelet-read-only-port': [nist('AC-3', 'V-242387, CCI-000213'), ...cis('3.2.4', '12.6')],
  'kubelet-streaming-timeout': [
    nist('SC-10', 'V-245541, CCI-001133'),
    ...cis('3.2.5', '12.6'),
    ...iso('kubelet_streaming_connection_timeout', 'A.8.14'),
  ],
  'kubelet-protect-kernel-defaults': [nist('SC-3', 'V-242434, CCI-001084')],
  'kubelet-iptables-chains': cis('3.2.6', '12.3'),
  'kubelet-hostname-override': [nist('CM-5(6)', 'V-242404, CCI-001499')],
  'kubelet-event-qps': cis('3.2.7', '8.2', '8.5'),
  'kubelet-rotate-certificates': [
    ...cis('3.2.8', '3.10'),
    ...iso('kubelet_rotate_certificates', 'A.5.1', 'A.5.15', 'A.5.16', 'A.8.5', 'A.8.12', 'A.8.20', 'A.8.21', 'A.8.22'),
  ],
  'kubelet-rotate-server-certificate': cis('3.2.9', '3.10'),
  'cluster-proxy-holders': cis('4.1.10', '6.8'),
};

/** A requirement, and the controls that serve it. */
export interface ServedRequirement extends Pick<Requirement, 'framework' | 'id'> {
  readonly controls: readonly Control[];
}

/** Framework by framework, each requirement that one of the controls serves, in the order of its number. */
export function requirementIndex(controls: readonly Control[]): readonly ServedRequirement[] {
  const served = new Map<string, { requirement: Requirement; controls: Control[] }>();
  for (const control of controls)
    for (const requirement of requirementsOf(control)) {
      const entry = served.get(requirementName(requirement));
      if (entry) entry.controls.push(control);
      else served.set(requirementName(requirement), { requirement, controls: [control] });
    }

  const order = Object.keys(frameworks);
  return [...served.values()]
    .map(({ requirement: { framework, id }, controls: all }) => ({ framework, id, controls: all }))
    .toSorted(
      (one, other) => order.indexOf(one.framework) - order.indexOf(other.framework) || byNumber(one.id, other.id),
    );
}

/** `A.5.2` before `A.5.15`. */
const byNumber = (one: string, other: string): number => numbers.compare(one, other);
const numbers = new Intl.Collator('en', { numeric: true });
