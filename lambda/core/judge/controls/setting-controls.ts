import { parseGoDuration } from '../../read/kubelet/documents/go-values.ts';
import { minorVersion } from '../../read/kubelet/known-versions.ts';
import type { Control } from '../control.ts';
import { describe, nameOf, titleOf } from './shared/about.ts';
import { evidence, notSeenBy } from './shared/evidence.ts';
import { numbered } from './shared/numbered.ts';
import { type Ruling, settingControl } from './shared/setting-control.ts';

export const anonymousAuth = settingControl({
  slug: 'kubelet-anonymous-auth',
  setting: 'authentication.anonymous.enabled',
  must: 'Kubelet must reject anonymous requests',
  failure: 'anonymous access',
  expected: 'false',
  why: (setting) =>
    `While ${setting} is true, a request without any credential is not refused but handled as an anonymous user; only what that user may do protects it then.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0 to 2.0.0': '3.2.1 A' }),
  alsoKnownAs: { stig: 'V-242391' },
  caveats: ['A kubelet that runs without any configuration file lets anonymous clients in unless a flag forbids it.'],
  rule: ({ value }) => ({ holds: value === false }),
});

/** The kubelet knows two modes and starts with no other. Source: kubernetes `cmd/kubelet/app/auth.go`. */
export const authorizationMode = settingControl({
  slug: 'kubelet-authorization-mode',
  setting: 'authorization.mode',
  must: 'Kubelet must authorize every request',
  failure: 'AlwaysAllow',
  expected: 'Webhook, not AlwaysAllow',
  why: (setting) =>
    `${setting} decides whether the kubelet asks the API server what a client may do. AlwaysAllow lets every client that gets in run commands in every container of the node.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0 to 2.0.0': '3.2.2 A' }),
  alsoKnownAs: { stig: 'V-242392' },
  caveats: [
    'A kubelet that runs without any configuration file allows everything unless a flag says otherwise.',
    '2.0.0 asks for Webhook, versions before it for anything but AlwaysAllow: a kubelet takes no third mode, so the verdict is the same.',
  ],
  rule: ({ value }) => {
    if (value === 'Webhook') return { holds: true };
    if (value === 'AlwaysAllow') return { holds: false };
    return {
      unclear: 'authorization.mode is neither Webhook nor AlwaysAllow, and no kubelet starts with another mode',
    };
  },
});

/** configz leaves zero out, so absent there is 0; kube-bench takes that for a failure. Without a configuration file the port is 10255. */
export const readOnlyPort = settingControl({
  slug: 'kubelet-read-only-port',
  setting: 'readOnlyPort',
  must: 'Kubelet must not open a port without authentication',
  failure: 'read-only port open',
  expected: '0',
  why: (setting) =>
    `Any number but 0 in ${setting} opens a second port that asks nobody for credentials and shows every pod of the node, its environment included.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0': '3.2.4 M', '1.4.0 to 2.0.0': '3.2.4 A' }),
  alsoKnownAs: { stig: 'V-242387' },
  caveats: [
    'configz leaves a closed port out: absent there means 0 and passes, although kube-bench calls it a failure.',
    'A kubelet that runs without any configuration file opens port 10255 unless a flag closes it.',
  ],
  rule: ({ value }) => ({ holds: value === 0 }),
});

/** A zero of a file becomes four hours when it is loaded; only a flag can really set it. Source: kubernetes `defaults.go`, `types.go` (deprecation, k/k #131992). */
export const streamingTimeout = settingControl({
  slug: 'kubelet-streaming-timeout',
  setting: 'streamingConnectionIdleTimeout',
  must: 'Kubelet must close idle streaming connections',
  failure: 'idle streams stay open',
  expected: 'more than 0, or not set',
  why: (setting) =>
    `With ${setting} at 0 a forgotten exec, attach or port-forward stays open for ever, and so does what it holds.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0 to 1.8.0': '3.2.5 A' }),
  caveats: [
    'Durations are compared as durations: 0, 0s and 0m0s are one.',
    'The kubelet turns a zero of a file into its default of four hours, so only a flag can fail.',
    'Kubernetes has deprecated the setting, and newer kubelets do nothing with it.',
  ],
  rule: ({ value }) => {
    const timeout = typeof value === 'string' ? parseGoDuration(value) : undefined;
    if (timeout === undefined) return { unclear: 'streamingConnectionIdleTimeout is no duration' };
    return { holds: timeout > 0n, notes: ['deprecated by Kubernetes: newer kubelets do nothing with this setting'] };
  },
});

export const protectKernelDefaults = settingControl({
  slug: 'kubelet-protect-kernel-defaults',
  setting: 'protectKernelDefaults',
  must: 'Kubelet must not change kernel settings',
  failure: 'kernel settings may be changed',
  expected: 'true',
  why: (setting) =>
    `With ${setting} the kubelet refuses to start where the kernel is not set as it needs it, instead of changing the kernel's settings behind the administrator's back.`,
  severity: 'LOW',
  alsoKnownAs: { stig: 'V-242434' },
  numbers: numbered({ '1.2.0': '3.2.6 A' }),
  caveats: ['configz shows false and not set alike; both fail, since the default is false.'],
  rule: ({ value }) => ({ holds: value === true }),
});

export const iptablesChains = settingControl({
  slug: 'kubelet-iptables-chains',
  setting: 'makeIPTablesUtilChains',
  must: 'Kubelet must manage its own iptables chains',
  failure: 'iptables chains not kept',
  expected: 'true, or not set',
  why: (setting) =>
    `With ${setting} the kubelet creates and repairs its own iptables chains; without it, firewall rules can drift away from what networking on the node expects.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.7 A', '1.4.0 to 1.8.0': '3.2.6 A', '2.0.0': '3.2.5 A' }),
  rule: ({ value }) => ({ holds: value === true }),
});

/** 0 is legal: up to 1.36 client-go makes it its own 5 a second, from 1.37 on it means no limit. Source: kubernetes#117119, client-go `flowcontrol`. */
export const eventQps = settingControl({
  slug: 'kubelet-event-qps',
  setting: 'eventRecordQPS',
  must: 'Kubelet must record events at an adequate rate',
  failure: 'no events recorded',
  expected: '0 or more, or not set',
  why: (setting) =>
    `${setting} limits how many events a second the kubelet records: too few and traces of an attack are lost, no limit at all and the API server can be flooded.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.9 A', '1.4.0': '3.2.7 M', '1.5.0 to 1.8.0': '3.2.7 A', '2.0.0': '3.2.6 A' }),
  caveats: ['0 passes. Up to 1.36 it means 5 events a second, from 1.37 on that nothing limits the rate.'],
  rule: ({ value, node }) => ({
    holds: typeof value === 'number' && value >= 0,
    notes: value === 0 ? [meaningOfZero(minorVersion(node?.kubeletVersion))] : [],
  }),
});

function meaningOfZero(minor: number | undefined): string {
  if (minor === undefined) return '0 means 5 a second up to 1.36, and no limit from 1.37 on';
  return minor < 37
    ? '0 means 5 a second in this version; from 1.37 on it means no limit'
    : '0 means no limit, from 1.37 on';
}

export const rotateCertificates = settingControl({
  slug: 'kubelet-rotate-certificates',
  setting: 'rotateCertificates',
  must: 'Kubelet must not turn off the rotation of its client certificate',
  failure: 'client certificate not rotated',
  expected: 'true, or not set',
  why: (name) =>
    `With ${name} the kubelet asks for a new client certificate before the old one ends, so that a stolen one is of use for a short time only.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.10 M', '1.4.0 to 1.8.0': '3.2.8 A', '2.0.0': '3.2.7 A' }),
  runningIsAmbiguous: true,
  caveats: [
    'Not set passes, though the default is false; Trivy calls it a failure.',
    'configz leaves an explicit false out, so false and not set look alike there: only true is a verdict, else flags and files tell.',
    'EKS nodes usually speak to the API server with IAM tokens and have no client certificate to renew.',
  ],
  rule: ({ value, origin }): Ruling => {
    if (value === true) return { holds: true };
    if (origin.from === 'default')
      return { holds: true, notes: ['not set, which the benchmark accepts, though the default is false'] };
    if (origin.from === 'running')
      return { unclear: 'configz leaves an explicit false out, and only flags and files tell it from not set' };
    return { holds: false };
  },
});

/**
 * By its letter the gate must be *set* to true. It is true by default since 1.12, so a kubelet with the default gate that requests its certificate
 * from the cluster does what the control asks.
 * Bottlerocket's own report passes it, kube-bench fails it. Here it passes, with a note.
 */
export const rotateServerCertificate = settingControl({
  slug: 'kubelet-rotate-server-certificate',
  setting: 'featureGates.RotateKubeletServerCertificate',
  must: 'Kubelet must rotate its serving certificate',
  failure: 'serving certificate not rotated',
  expected: 'true',
  why: (setting) =>
    `${setting} lets the kubelet get and renew the certificate of its own port from the cluster, so that clients can distinguish it from an impostor.`,
  severity: 'MEDIUM',
  numbers: numbered({ '1.2.0': '3.2.11 M', '1.4.0 to 1.8.0': '3.2.9 A', '2.0.0': '3.2.8 A' }),
  caveats: [
    'The benchmark wants the gate to be named; it is on by default since Kubernetes 1.12. Not named passes with a note where serverTLSBootstrap is true, and fails where it is not, since then nothing renews the certificate.',
    'kube-bench fails a gate that is not named, Bottlerocket’s own report passes it.',
    '2.0.0 asks for serverTLSBootstrap in the file, too: kube-bench fails a named gate without it. Here that passes, with a note, as in the versions before.',
  ],
  rule: ({ value, facts }): Ruling => {
    const bootstrap = facts.settings.serverTLSBootstrap;
    const requests = bootstrap.state === 'known' ? bootstrap.value === true : undefined;

    if (value === false) return { holds: false };
    if (value === true)
      return { holds: true, notes: requests === false ? [`named, yet without effect: ${notRequested}`] : [] };

    if (requests === undefined)
      return { unclear: 'the gate is not named, and whether serverTLSBootstrap makes its default count is not known' };
    return requests
      ? { holds: true, notes: ['not named, but on by default since Kubernetes 1.12, and serverTLSBootstrap is true'] }
      : { holds: false, notes: [`not named; it is on by default since Kubernetes 1.12, but ${notRequested}`] };
  },
});

const notRequested = 'serverTLSBootstrap is false, so the certificate is not requested from the cluster';

const about = { kind: 'flag', flag: 'hostname-override' } as const;
const expected = 'not set';

/** In 1.2.0 only. A flag of the process, never in configz; the bootstrap of EKS images sets it on its own. */
export const hostnameOverride: Control = {
  slug: 'kubelet-hostname-override',
  about,
  title: titleOf('Kubelet must use the name of its host', about),
  failure: 'host name overridden',
  rationale: `${describe(about)} lets a node use a name that its host does not have, which may break the check of its certificates and mislead readers of its logs.`,
  expected,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.8 M' }),
  alsoKnownAs: { stig: 'V-242404' },
  suspectWhenRefused: false,
  caveats: [
    'It is a flag and never in configz: only the command line shows it.',
    'EKS images set it themselves, to the name under which EC2 knows the instance; later versions of the benchmark dropped the control.',
  ],
  judge: (facts) => {
    const fact = facts.flags?.[about.flag];
    if (fact === undefined) return { status: 'unknown', because: notSeenBy(facts, notSeen) };
    if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };

    // The kubelet takes an empty name for none.
    const isSet = fact.value !== undefined && fact.value !== '';
    const notes = isSet ? ['EKS images set this flag themselves; the benchmark dropped the control after 1.2.0'] : [];
    return {
      status: isSet ? 'fail' : 'pass',
      evidence: evidence({ facts, setting: nameOf(about), fact, expected, notes }),
    };
  },
};

const notSeen = {
  onlyBySsm: 'flags without a setting are seen by SSM only',
  files: 'the command line was not saved',
  ssm: 'the command line of this kubelet was not seen',
};
