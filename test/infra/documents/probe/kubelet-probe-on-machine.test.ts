import { afterAll, describe, expect, it } from 'vitest';
import { kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../../../lambda/adapters/ssm/command-answers.ts';
import { parseProbeAnswer } from '../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import { CertificateAuthority } from '../../../lab/kubernetes/certificates.ts';
import { derOf, kubeletOf } from './probed-node.ts';
import { canMakeMachines, podCgroup, runOnMachine } from './real-machine.ts';

const ca = new CertificateAuthority();
const configuration = JSON.stringify({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } },
});
const files = {
  '/etc/kubernetes/kubelet/config.json': configuration,
  '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf': configuration,
  '/etc/kubernetes/pki/ca.crt': ca.pem,
  '/var/lib/kubelet/kubeconfig': 'token: hunter2',
  '/etc/shadow': 'root:hunter2:19000:0:99999:7:::\n',
};
const argv = [
  '/opt/kubelet',
  '--config=/etc/kubernetes/kubelet/config.json',
  '--config-dir=/etc/kubernetes/kubelet/config.json.d',
  '--kubeconfig',
  'lib/kubelet/kubeconfig',
  '--node-labels=',
];
const host = `chown 1000 /var/lib/kubelet/kubeconfig
${argv.map((word) => `'${word}'`).join(' ')} >&3 &`;

const cgroup = podCgroup();
afterAll(() => cgroup.remove());

/** Processes of pods, users and jails that call themselves the kubelet and name a file that nobody else should see. */
const lookAlikes = [
  ['in another PID namespace', "unshare --pid --mount --fork sh -c '/opt/kubelet --config=/etc/shadow >&3; :' &"],
  ['in another mount namespace', 'unshare --mount /opt/kubelet --config=/etc/shadow >&3 &'],
  [
    'of another user than root',
    'setpriv --reuid 1000 --regid 1000 --clear-groups /opt/kubelet --config=/etc/shadow >&3 &',
  ],
  ['in another root directory', 'chroot /jail /opt/kubelet --config=/etc/shadow >&3 &'],
  ...(cgroup.path === undefined
    ? []
    : [['in a pod', "sh -c 'echo $$ >/cgroup/cgroup.procs; exec /opt/kubelet --config=/etc/shadow >&3' &"] as const]),
] as const;

function probe(start: string, kubelets: number) {
  const { stdout, stderr, status } = runOnMachine({
    start,
    kubelets,
    files,
    script: kubeletProbeScript({ root: '' }),
    cgroup: cgroup.path,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

  const body = decodeAnswer(stdout);
  if (!body.ok) throw new Error(`${body.error.because}: ${stdout}`);
  const answer = parseProbeAnswer(body.value);
  if (!answer.ok) throw new Error(answer.error);
  return { answer: answer.value, sent: new TextDecoder().decode(body.value) };
}

const everyone = lookAlikes.map(([, start]) => start).join('\n');
// The probe counts them in an order of its own.
const ignored = expect.arrayContaining(lookAlikes.map(([where]) => ({ where, count: 1 })));

describe.skipIf(!canMakeMachines)(
  'the deployed script, on a machine with a real ps, a real /proc and a process named kubelet',
  () => {
    it(`reads that kubelet among ${lookAlikes.length} that are not the host's, and nothing of theirs`, () => {
      const { answer, sent } = probe(`${everyone}\n${host}`, lookAlikes.length + 1);

      expect(answer).toMatchObject({
        outcome: 'kubelet',
        ignored,
        files: {
          commandLine: { from: 'proc', arguments: argv },
          workingDirectory: '/var',
          startedAt: expect.closeTo(Date.now() / 1000, -2),
        },
      });
      const { files: sentFiles, around } = kubeletOf(answer);
      expect([...sentFiles.files.values()]).toEqual([1, 2].map(() => ({ status: 'read', text: configuration })));
      expect(around.permissions.get('/var/lib/kubelet/kubeconfig')).toMatchObject({ mode: 0o600, owner: 'somebody' });
      expect(around.certificates.get('/etc/kubernetes/pki/ca.crt')).toMatchObject({ certificates: [derOf(ca.pem)] });
      expect(answer.ignored).toHaveLength(lookAlikes.length);
      expect(sent).not.toContain('hunter2');
    });

    it('finds no kubelet where only look-alikes run', () => {
      const { answer, sent } = probe(everyone, lookAlikes.length);

      expect(answer).toEqual({ outcome: 'no-kubelet', ignored });
      expect(sent).not.toContain('shadow');
    });

    it('takes neither of two kubelets of the host', () => {
      const { answer } = probe('(/opt/kubelet --v=2 >&3 & wait) &\n(/opt/kubelet --v=3 >&3 & wait) &', 2);

      expect(answer).toMatchObject({ outcome: 'several-kubelets', processes: [{}, {}] });
    });

    it('sends nothing of a root-owned file that is no configuration, whatever the arguments of a real kubelet say', () => {
      const { answer, sent } = probe('/opt/kubelet --config=/etc/shadow --client-ca-file=/etc/shadow >&3 &', 1);

      expect(answer.outcome === 'kubelet' && answer.files.files.get('/etc/shadow')).toEqual({
        status: 'refused',
        because: 'it is not a KubeletConfiguration',
      });
      expect(answer.outcome === 'kubelet' && answer.around.certificates.get('/etc/shadow')).toMatchObject({
        certificates: [],
      });
      expect(sent).not.toContain('hunter2');
    });
  },
);
