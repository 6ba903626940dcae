import { numbered } from './shared/numbered.ts';
import { type Ruling, settingControl } from './shared/setting-control.ts';

/**
 * The benchmark accepts true and "not set", though the default is false. The answer of configz leaves out
 * an explicit false (measured on two live kubelets), so
 * only flags and files show the difference. Trivy fails every node here.
 */
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
