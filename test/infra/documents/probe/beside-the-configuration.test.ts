import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../lab/kubernetes/certificates.ts';
import { type BottlerocketApi, bottlerocketNode, bottlerocketReport } from '../../../lab/node/bottlerocket.ts';
import type { LabFile } from '../../../lab/node/node-root.ts';
import { isInstalled } from '../is-installed.ts';
import {
  answerOf,
  aroundOf,
  configPath,
  configuration,
  derOf,
  kubelet,
  kubeletOf,
  noise,
  probe,
  refused,
  shells,
  withConfig,
  withFlags,
} from './probed-node.ts';

describe('mode and owner', () => {
  it('are those of the file at the end of the links, for any owner', () => {
    const { permissions } = aroundOf(
      withFlags(['--kubeconfig', 'lib/kubeconfig', '--config=/etc/config'], {
        '/var/lib/kubeconfig': { link: '/data/kubeconfig' },
        '/data/kubeconfig': { text: 'x', uid: 1000, gid: 0, mode: 0o666 },
        '/etc/config': { text: configuration(), mode: 0o600 },
      }),
    );

    expect([...permissions]).toEqual([
      ['/var/lib/kubeconfig', { status: 'read', mode: 0o666, owner: '1000', group: 'root' }],
      ['/etc/config', { status: 'read', mode: 0o600, owner: 'root', group: 'root' }],
    ]);
  });

  it('are not sent when no flag names the files', () => {
    expect(aroundOf(withFlags(['--v=2'], {})).permissions.size).toBe(0);
  });

  it.each<[string, Readonly<Record<string, LabFile>>, unknown]>([
    ['is missing', {}, { status: 'absent' }],
    ['is a FIFO', { '/k': { fifo: true } }, refused('not a regular file')],
  ])('are not sent of a kubeconfig that %s', (_, files, expected) => {
    expect(aroundOf(withFlags(['--kubeconfig=/k'], files)).permissions.get('/k')).toEqual(expected);
  });

  it('are all that leaves the node of a kubeconfig', () => {
    const { sent } = probe(withFlags(['--kubeconfig=/k'], { '/k': 'users: [{user: {token: hunter2}}]' }));
    expect(sent).not.toMatch(/hunter2|users/);
  });
});

describe('the client CA', () => {
  const ca = new CertificateAuthority();
  const second = new CertificateAuthority('another');
  const key = second.issue({ commonName: 'x' }).keyPem;
  const whole = (...pems: readonly string[]) => ({
    status: 'read',
    certificates: pems.map(derOf),
    unclean: 0,
    ownedByRoot: true,
  });
  const unclean = { status: 'read', certificates: [], unclean: 1, ownedByRoot: true };

  it('is found by the flag in any spelling, by JSON in one line, and by YAML in any letters or flow, all relative or absolute', () => {
    const yaml = (text: string) => `kind: KubeletConfiguration\n${text}\n`;
    const found = aroundOf({
      processes: [
        kubelet({
          argv: ['kubelet', `--config=${configPath}`, '--config-dir=/d', '--client_ca-file', 'pki/flag.crt'],
          workingDirectory: '/var',
        }),
      ],
      files: {
        [configPath]: configuration({ authentication: { x509: { clientCAFile: '/pki/json.crt' } } }),
        '/d/1.conf': yaml("authentication:\n  x509:\n    clientCAFile: pki/block.crt   # the cluster's"),
        '/d/2.conf': yaml('authentication: {x509: {clientCAFile: /pki/flow.crt}}'),
        '/d/3.conf': yaml('authentication: {x509: {clientcafile: "/pki/letters.crt"}}'),
        '/pki/json.crt': ca.pem,
        '/etc/kubernetes/kubelet/pki/block.crt': ca.pem,
        '/pki/flow.crt': ca.pem,
        '/pki/letters.crt': ca.pem,
        '/var/pki/flag.crt': ca.pem,
      },
    }).certificates;

    expect(Object.fromEntries(found)).toEqual({
      '/pki/json.crt': whole(ca.pem),
      '/pki/flow.crt': whole(ca.pem),
      '/pki/letters.crt': whole(ca.pem),
      '/var/pki/flag.crt': whole(ca.pem),
      '/etc/kubernetes/kubelet/pki/block.crt': whole(ca.pem),
      // What a kubelet that works in /var would take it for.
      '/var/pki/block.crt': { status: 'absent' },
    });
  });

  const bundles: readonly (readonly [string, LabFile, unknown])[] = [
    ['of one certificate is sent', ca.pem, whole(ca.pem)],
    ['of two, with words between, is sent', `# ours\n${ca.pem}\nand theirs:\n${second.pem}`, whole(ca.pem, second.pem)],
    ['whose lines end as on Windows is sent', ca.pem.replaceAll('\n', '\r\n'), whole(ca.pem)],
    ['without a line break at its end is sent', ca.pem.trimEnd(), whole(ca.pem)],
    ['with a private key beside the certificate is sent without the key', `${key}${ca.pem}${key}`, whole(ca.pem)],
    ['of nothing is sent empty', '', whole()],
    ['of another kind is sent empty', ca.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), whole()],
    ['that does not end is unclean', ca.pem.replace('-----END CERTIFICATE-----', ''), unclean],
    ['with a password between its lines is unclean', ca.pem.replace('\n', '\nroot:$6$hunter2:19000:0\n'), unclean],
    ['of a private key that begins alike is unclean', key.replace('BEGIN PRIVATE KEY', 'BEGIN CERTIFICATE'), unclean],
    ['with NUL bytes is unclean', ca.pem.replace('\nMII', '\nMI\0I'), unclean],
    ['that is a FIFO is not read', { fifo: true }, refused('not a regular file')],
    ['that is a device is not read', { link: '/../../../../../dev/zero' }, refused('not a regular file')],
    ['larger than 256 KB is not read', 'x'.repeat(300_000), refused('larger than')],
    ['of nine certificates is not read', ca.pem.repeat(9), refused('more than 8 certificates')],
    ['that is a link to nowhere is absent', { link: '/nowhere' }, { status: 'absent' }],
    [
      'of another user than root is sent with that',
      { text: ca.pem, uid: 1000 },
      { ...whole(ca.pem), ownedByRoot: false },
    ],
  ];
  /** The probe looks at eight paths of a node: the table takes three nodes, whose drop-ins name a bundle each. */
  const read = new Map(
    [0, 6, 12].flatMap((from) => {
      const some = bundles.slice(from, from + 6).map(([, file], index) => ({ at: from + index, file }));
      const files = some.flatMap(({ at, file }): (readonly [string, LabFile])[] => [
        [`/d/${at}.conf`, configuration({ authentication: { x509: { clientCAFile: `/ca/${at}` } } })],
        [`/ca/${at}`, file],
      ]);
      return [...aroundOf(withFlags(['--config-dir=/d'], Object.fromEntries(files))).certificates];
    }),
  );

  it.each(bundles.map(([what, , expected], index) => [what, index, expected] as const))('%s', (_, index, expected) => {
    expect(read.get(`/ca/${index}`)).toEqual(expected);
  });

  it('gives way when the answer would be too long, and says so', () => {
    const bundle = Array.from({ length: 6 }, (_, index) => new CertificateAuthority(`ca ${index}`).pem).join('');
    const settings = { authentication: { x509: { clientCAFile: '/ca.crt' } }, noise: noise(26_000) };
    const { files, around } = kubeletOf(answerOf(withConfig(configuration(settings), { '/ca.crt': bundle })));

    expect(files.files.size).toBe(1);
    expect(around.certificates.get('/ca.crt')).toEqual(refused('24,000'));
  });
});

describe("Bottlerocket's container", () => {
  const ca = new CertificateAuthority();

  it.each(shells.filter(({ shell }) => isInstalled(shell)))(
    "gives the node's own report and two settings, under $shell",
    ({ command }) => {
      const { stdout, answer } = probe(bottlerocketNode({ clusterCa: ca.pem, standaloneMode: false }), command);

      expect(stdout.length).toBeLessThan(24_000);
      expect(answer).toEqual({
        outcome: 'bottlerocket',
        ignored: [],
        report: { status: 'read', text: `${bottlerocketReport()}\n` },
        settings: { status: 'read', text: expect.stringContaining('"standalone-mode": false') },
      });
    },
  );

  it('is believed to be one only with the API client and the folder of host containers', () => {
    const { files = {} } = bottlerocketNode();
    for (const path of Object.keys(files)) {
      const { [path]: _, ...others } = files;

      expect(answerOf({ files: others }).outcome).not.toBe('bottlerocket');
    }
  });

  it.each<[string, BottlerocketApi, string]>([
    ['nothing', { client: 'exit 1' }, 'printed nothing'],
    ['without end', { client: 'exec yes 0123456789abcdef' }, 'more than 64 KB'],
  ])('may answer %s', (_, api, because) => {
    expect(answerOf(bottlerocketNode(api))).toMatchObject({ report: refused(because), settings: refused(because) });
  });
});
