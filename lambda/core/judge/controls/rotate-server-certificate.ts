import { numbered } from './shared/numbered.ts';
import { type Ruling, settingControl } from './shared/setting-control.ts';

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
