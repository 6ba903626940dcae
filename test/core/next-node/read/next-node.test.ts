import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { settingPaths } from '../../../../lambda/core/model/settings.ts';
import { deploymentVariable, tokens } from '../../../../lambda/core/next-node/read/tokens.ts';
import type { NextNode, NextNodeOptions } from '../../../../lambda/core/next-node/read/types.ts';
import {
  changesIn,
  cluster,
  type Given,
  multipart,
  nodeConfig,
  nodeOf,
  nodePart,
  originOf,
  rendered,
  top,
  userData,
  valueIn,
} from './node-of-user-data.ts';

const clientCa = 'authentication.x509.clientCAFile';
const anonymous = 'authentication.anonymous.enabled';
const port = (number: number) => `config: {readOnlyPort: ${number}}`;
const script = 'text/x-shellscript';

describe('a node that nodeadm configures', () => {
  it('has the defaults of the image where its NodeConfig sets nothing, and says that they are', () => {
    const node = nodeOf(`${top}spec:\n${cluster}`, { cluster: 'whole' });
    expect(changesIn(node)).toBe('');
    expect(originOf(node, 'readOnlyPort')).toBe('default of the EKS-optimized AMI');
    expect(originOf(node, 'eventRecordQPS')).toBe('default (configuration file)');
    expect(node.joins).toEqual({ status: 'yes' });
    expect(node.places.size).toBe(0);
  });

  it.each<[string, string, changes: string]>([
    ['a value', port(10255), 'readOnlyPort=10255'],
    ['words of YAML 1.1', 'config: {authentication: {anonymous: {enabled: yes}}}', `${anonymous}=true`],
    ['a number of YAML 1.1', 'config: {readOnlyPort: 0x280f}', 'readOnlyPort=10255'],
    ['a key in another case, inside the kubelet’s configuration', 'config: {ReadOnlyPort: 1}', 'readOnlyPort=1'],
    ['a key in another case, of the NodeConfig itself', 'CONFIG: {readOnlyPort: 10255}', ''],
    ['a field that NodeConfig has not', 'extraArgs: {read-only-port: "10255"}', ''],
    ['a null, which deletes', 'config: {authentication: {x509: null}}', `${clientCa}=`],
    ['an empty text', 'config: {authentication: {x509: {clientCAFile: ""}}}', `${clientCa}=`],
    ['0s in a file, which is the default', 'config: {streamingConnectionIdleTimeout: 0s}', ''],
    ['two flags in one entry', 'flags: ["--max-pods=20 --event-qps=3"]', 'eventRecordQPS=3'],
    ['a flag with quotes, which systemd undoes', `flags: ["--event-qps='3'"]`, 'eventRecordQPS=3'],
    ['0 as a flag, which stays', 'flags: [--streaming-connection-idle-timeout=0]', 'streamingConnectionIdleTimeout=0s'],
  ])('follows %s', (_, kubelet, changes) => {
    const node = nodeOf(nodeConfig(kubelet));
    expect(changesIn(node)).toBe(changes);
    expect(node.joins).toEqual({ status: 'yes' });
  });

  const anonymousOn = nodePart('config: {authentication: {anonymous: {enabled: true}}}');
  const spec = { kubelet: { config: { readOnlyPort: 1 } } };
  it.each<[string, string, changes: string]>([
    ['a second YAML document', `${nodeConfig(port(1))}---\n${nodeConfig(port(2))}`, 'readOnlyPort=1'],
    ['a later part', multipart(nodePart(port(1)), nodePart(port(2))), 'readOnlyPort=2'],
    ['a later empty map', multipart(anonymousOn, nodePart('config: {authentication: {}}')), `${anonymous}=true`],
    ['a flag', multipart(nodePart('flags: [--read-only-port=1]'), nodePart(port(2))), 'readOnlyPort=1'],
    ['the last flag', multipart(...[3, 4].map((at) => nodePart(`flags: [--event-qps=${at}]`))), 'eventRecordQPS=4'],
    ['no other type of part', multipart(['text/yaml', nodeConfig(port(1))], nodePart('config: {}')), ''],
    ['a part in base64', multipart(['application/node.eks.aws', btoa(nodeConfig(port(1)))]), 'readOnlyPort=1'],
    ['JSON', JSON.stringify({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec }), 'readOnlyPort=1'],
  ])('follows user data of more than one shape: %s', (_, text, changes) => {
    const node = nodeOf(text);
    expect(changesIn(node)).toBe(changes);
    expect(node.joins).toEqual({ status: 'yes' });
  });

  it.each<[string, number, unknown]>([
    ['keeps what is there up to 1.31', 31, '/etc/kubernetes/pki/ca.crt'],
    ['deletes it from 1.32 on', 32, ''],
  ])('knows that a null %s', (_, kubeletMinor, expected) => {
    const node = nodeOf(nodeConfig('config: {authentication: {x509: {clientCAFile: null}}}'), { kubeletMinor });
    expect(valueIn(node, clientCa)).toBe(expected);
  });

  it('reads base64 of gzip, and no gzip of base64', () => {
    const text = nodeConfig(port(1));
    const node = nodeOf(Buffer.from(gzipSync(text).toString('base64')));
    expect(valueIn(node, 'readOnlyPort')).toBe(1);
    expect(node.places.get('readOnlyPort')).toEqual({ piece: 0, keys: ['readOnlyPort'], behind: 'encoding' });
    expect(nodeOf(gzipSync(btoa(text))).joins).toMatchObject({ status: 'no', by: 'bootstrap' });
  });

  it.each<[string, string, object?]>([
    ['a part that is none', multipart(nodePart('config: {}'), ['application/node.eks.aws', 'x']), { part: 2 }],
    ['another apiVersion', nodeConfig('config: {}').replace('v1alpha1', 'v1')],
    ['flags that are no list', nodeConfig('flags: {a: b}')],
    ['a configuration that is no map', nodeConfig('config: x')],
  ])('does not join with %s, and then nothing is known of it', (_, text, where = {}) => {
    const node = nodeOf(text);
    expect(node.joins).toMatchObject({ status: 'no', by: 'bootstrap', piece: 0, ...where });
    expect(node.reading.ok).toBe(false);
  });

  const needed = ['name', 'apiServerEndpoint', 'certificateAuthority', 'cidr'];
  it.each(needed)(
    'does not join without the %s of its cluster, unless EKS adds it, and is shown all the same',
    (field) => {
      const text = nodeConfig(port(1)).replace(new RegExp(`    ${field}: .*\n`), '');
      const node = nodeOf(text, { cluster: 'whole' });
      const because = `nodeadm stops: spec.cluster.${field} is missing`;
      expect(node.joins).toEqual({ status: 'no', by: 'bootstrap', because });
      expect(valueIn(node, 'readOnlyPort')).toBe(1);
      expect(nodeOf(text).joins).toEqual({ status: 'yes' });
    },
  );

  it.each<[string, string]>([
    ['a flag that the kubelet has not', 'flags: [--no-such-flag=1]'],
    ['a wrong type', 'config: {readOnlyPort: "x"}'],
    ['a kind of the user’s own', 'config: {kind: Foo}'],
    ['a port that is none', port(70000)],
  ])('does not join with %s: its kubelet would not start, and nothing passes', (_, kubelet) => {
    const node = nodeOf(nodeConfig(kubelet));
    expect(node.joins).toMatchObject({ status: 'no', by: 'kubelet' });
    expect(valueIn(node, clientCa)).toBe('?');
  });

  it('is unknown with flags that name another configuration file, or whose text systemd reads in its own way', () => {
    expect(valueIn(nodeOf(nodeConfig('flags: [--config=/etc/other.yaml]')), 'readOnlyPort')).toBe('?');
    expect(nodeOf(nodeConfig(String.raw`flags: ['--node-labels=a\nb --anonymous-auth=true']`)).reading.ok).toBe(false);
  });

  it('takes what a tool renders over what the user wrote', () => {
    const byTool = rendered('spec.kubelet', { readOnlyPort: 2, eventRecordQPS: 7 }, ['--event-qps=9']);
    const node = nodeOf('', { pieces: [userData(nodeConfig(port(1))), byTool] });
    expect(valueIn(node, 'readOnlyPort')).toBe(2);
    expect(originOf(node, 'readOnlyPort')).toBe('spec.kubelet');
    expect(node.places.get('readOnlyPort')).toEqual({ piece: 1, keys: ['readOnlyPort'] });
    expect(originOf(node, 'eventRecordQPS')).toBe('flag --event-qps (spec.kubelet)');
    expect(node.places.get('eventRecordQPS')).toEqual({ piece: 1, flag: 'event-qps', flagIndex: 0 });
  });

  it('takes MIME parts one by one as it takes the whole', () => {
    const [contentType, body] = nodePart(port(1));
    const node = nodeOf('', { pieces: [{ from: 'part', contentType, bytes: new TextEncoder().encode(body) }] });
    expect(valueIn(node, 'readOnlyPort')).toBe(1);
    expect(node.places.get('readOnlyPort')?.line).toBe(10);
  });
});

it.each<[NextNodeOptions['kind'], string, string]>([
  ['al2023', nodeConfig(port(1)), 'what a new node (Amazon Linux 2023, Kubernetes 1.34) will run, by its NodeConfig'],
  ['hybrid', nodeConfig(port(1)), 'what a new node (hybrid, Kubernetes 1.34) will run, by its NodeConfig'],
  ['al2', '', 'what a new node (Amazon Linux 2, Kubernetes 1.34) will run, by its user data'],
  ['bottlerocket', '', 'what a new node (Bottlerocket, Kubernetes 1.34) will run, by its settings'],
  ['windows', '-KubeletExtraArgs ""', 'what a new node will run, as far as its user data writes it out'],
])('a node of the kind %s is not running yet, and is read as its files will be', (kind, text, note) => {
  const { reading } = nodeOf(text, { kind });
  const { notes, via, flags } = reading.ok ? reading.value : {};
  const name =
    kind === 'windows' ? "what the Windows AMI's own bootstrap sets is not public" : "(the instance's own name)";
  expect({ first: notes?.[0], via, flags: JSON.stringify(flags) }).toEqual({
    first: `not running yet: ${note}`,
    via: 'files',
    flags: expect.stringContaining(name),
  });
});

it.each([
  ['config: {authentication: {x509: {clientCAFile: LATER}}}', clientCa],
  ['config: {authentication: {anonymous: {enabled: [LATER]}}}', anonymous],
  ['config: {authentication: LATER}', `${clientCa} ${anonymous} authentication.webhook.enabled`],
  ['config: {authentication: {other: LATER}, other: LATER}', ''],
  ['config: {FeatureGates: {RotateKubeletServerCertificate: LATER}}', 'featureGates.RotateKubeletServerCertificate'],
  [
    'flags: [--feature-gates=LATER, --read-only-port=LATER]',
    'readOnlyPort featureGates.RotateKubeletServerCertificate',
  ],
])('no setting but those that a later value decides is unknown: %s', (kubelet, unknown) => {
  const node = nodeOf(nodeConfig(kubelet.replaceAll('LATER', tokens.deployment)));
  expect(settingPaths.filter((path) => valueIn(node, path) === '?').join(' ')).toBe(unknown);
});

it('Bottlerocket takes another name of its node', () => {
  const { reading } = nodeOf('[settings.kubernetes]\nhostname-override = "a.b"\n', { kind: 'bottlerocket' });
  expect(reading.ok && JSON.stringify(reading.value.flags)).toContain('"a.b"');
});

describe('beside a NodeConfig', () => {
  const nested = (type: string, body: string) =>
    ['multipart/mixed; boundary="I"', `--I\nContent-Type: ${type}\n\n${body}\n--I--\n`] as const;
  const beside = (type: string, body: string) => nodeOf(multipart(nodePart('config: {}'), [type, body]));

  const variable = 'export KUBELET_EXTRA_ARGS=--anonymous-auth=true';
  it.each<readonly [type: string, body: string]>([
    [
      `${script}; charset="us-ascii"`,
      `#!/bin/bash\nset -euo pipefail\nmkdir -p /mnt/x && chown -R 1:1 /mnt/x\n${variable}\n`,
    ],
    [script, '#!/bin/bash\ncat << EOF | sudo tee /etc/sysctl.d/9.conf\nvm.x=1\nEOF\nsysctl -p /etc/sysctl.d/9.conf\n'],
    // AWS's line that logs.
    [script, '#!/bin/bash -xe\nexec > >(tee /var/log/x.log|logger -t user-data -s 2>/dev/console) 2>&1\necho x\n'],
    ['text/cloud-config', '#cloud-config\nhostname: x\n'],
    ['text/yaml', 'a: 1\n'],
  ])('a %s that only does what is known to be harmless changes nothing: %j', (type, body) => {
    const node = beside(type, body);
    expect(valueIn(node, 'readOnlyPort')).toBe(0);
    expect(node.joins).toEqual({ status: 'yes' });
  });

  const parts: readonly (readonly [type: string, body: string])[] = [
    ['text/cloud-config', '#cloud-config\nruncmd: [[reboot]]\n'],
    // By its first line alone.
    ['text/plain', '#cloud-config\nwrite_files: [{path: /etc/x}]\n'],
    ['text/part-handler', 'x'],
    ['text/x-include-url', 'https://example.com\n'],
    ['text/cloud-boothook', '#!/bin/sh\nreboot\n'],
    ['text/jinja2', '## template: jinja\n#cloud-config\n'],
    [script, '#!/usr/bin/python3\necho = 1\n'],
    nested(script, '#!/bin/sh\nreboot\n'),
  ];
  const scripts = [
    'curl -s https://example.com | bash',
    'echo x > /etc/kubernetes/kubelet/config.json',
    'cat > /etc/eks/nodeadm.d/x.yaml << EOF\nx\nEOF',
    'X=/etc/kuber\necho x > ${X}netes/kubelet/config.json',
    'echo x > /tmp/../etc/kubernetes/kubelet/config.json',
    'echo x > $Y',
    'echo $(reboot)',
    'cat << EOF > /tmp/x\n$(reboot)\nEOF',
    'export PATH=/tmp\nmkdir /mnt/x',
    'echo() { reboot; }\necho x',
    'if true; then reboot; fi',
    'systemctl start x',
    'echo x & reboot',
  ].map((body) => [script, `#!/bin/bash\n${body}\n`] as const);
  it.each([...scripts, ...parts])('a %s that could change the kubelet leaves it open: %j', (type, body) => {
    const { mayChange, joins } = beside(type, body);
    expect(mayChange?.where).toMatch(/^part 2, line /);
    expect(joins).toEqual({ status: 'unknown', because: mayChange?.text });
  });

  it('a NodeConfig that is a script as well is both', () => {
    expect(nodeOf(`#!/bin/bash\n${nodeConfig('config: {}')}`).joins.status).toBe('unknown');
  });
});

it('a custom AMI lets nothing pass, and says what the user data sets', () => {
  const node = nodeOf(nodeConfig(port(10255)), { ami: 'custom' });
  const facts = node.reading.ok ? node.reading.value.settings : undefined;
  expect(settingPaths.filter((path) => facts?.[path].state !== 'unknown')).toEqual([]);
  const because = expect.stringContaining('user data, line 10 sets it to 10255');
  expect(facts?.readOnlyPort).toMatchObject({ because });
  expect(node.joins.status).toBe('unknown');
});

describe('a node of Bottlerocket', () => {
  const bottlerocket = (text: string, given: Given = {}): NextNode => nodeOf(text, { kind: 'bottlerocket', ...given });
  const settings = (lines: string) => `[settings.kubernetes]\n${lines}\n`;
  const noGate = 'featureGates.RotateKubeletServerCertificate=undefined';
  const open = `${anonymous}=true authentication.webhook.enabled=false authorization.mode=AlwaysAllow`;

  it.each<[string, string, changes: string, string]>([
    ['nothing of the kubelet', '[settings.kernel]\nlockdown = "integrity"\n', '', 'yes'],
    ['a rate of events', settings('event-qps = 0'), 'eventRecordQPS=0', 'yes'],
    ['no certificate by the cluster', settings('"server-tls-bootstrap" = false'), 'serverTLSBootstrap=false', 'yes'],
    ['a certificate', settings('server-certificate = "x"\nserver-key = "y"'), 'serverTLSBootstrap=false', 'yes'],
    ['an inline table', 'settings = {kubernetes = {event-qps = 1}}\n', 'eventRecordQPS=1', 'yes'],
    ['standalone mode', settings('standalone-mode = true'), `${clientCa}= ${open}`, 'no-cluster'],
    ['a key that it may not have', settings('read-only-port = 1'), '', 'unknown'],
  ])('follows %s', (_, text, changes, joins) => {
    const node = bottlerocket(text);
    expect(changesIn(node)).toBe(`${changes} ${noGate}`.trim());
    expect(node.joins.status).toBe(joins);
  });

  it.each([
    ['is no TOML', 'a = = 1'],
    ['has a key twice', settings('event-qps = 1\nevent-qps = 2')],
    ['has a wrong type', settings('standalone-mode = "true"')],
    ['is base64, which Bottlerocket does not undo', btoa(settings('event-qps = 1'))],
  ])('does not take user data that %s', (_, text) => {
    expect(bottlerocket(text).joins).toMatchObject({ status: 'no', by: 'bootstrap' });
    expect(bottlerocket(text).reading.ok).toBe(false);
  });

  it('needs its cluster, where EKS does not add it', () => {
    const joins = (lines: string) => bottlerocket(settings(lines), { cluster: 'whole' }).joins.status;
    expect(joins('cluster-name = "c"\napi-server = "https://x"\ncluster-certificate = "Y2E="')).toBe('yes');
    expect(joins('cluster-name = "c"')).toBe('no');
  });

  it('is unknown with a container that changes it at its boot', () => {
    expect(bottlerocket('[settings.bootstrap-containers.x]\nsource = "y"\n').reading.ok).toBe(false);
    expect(bottlerocket('[settings.host-containers.admin]\nenabled = true\n').reading.ok).toBe(true);
  });
});

describe('a node part of whose user data only the deployment knows', () => {
  const [node, settings] = [
    nodeConfig(port(1)),
    '[settings.kubernetes]\ncluster-name = "c"\nstandalone-mode = false\n',
  ];
  it.each<[string, string, string, Given]>([
    ['a NodeConfig', node, tokens.deployment, {}],
    ['a NodeConfig in a multipart', multipart(nodePart(port(1))), tokens.deployment, {}],
    ['settings of Bottlerocket', settings, tokens.deployment, { kind: 'bottlerocket' }],
    ['a script', '#!/bin/bash\n/etc/eks/bootstrap.sh c --use-max-pods false\n', deploymentVariable, { kind: 'al2' }],
  ])('is never said not to join, whichever word or line of %s it is, or all', (_, text, unknown, given) => {
    const ofNode = { kubeletMinor: 30, cluster: 'whole', ...given } as const;
    expect(nodeOf(text, ofNode).joins.status).not.toBe('unknown');
    for (const part of ['[\\w./-]+', '.+', '[^]+'])
      for (const { index, 0: word } of text.matchAll(new RegExp(part, 'g'))) {
        const changed = `${text.slice(0, index)}${unknown}${text.slice(index + word.length)}`;
        expect(nodeOf(changed, ofNode).joins.status, changed).not.toBe('no');
      }
  });
});
