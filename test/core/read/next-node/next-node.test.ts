import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import { treeOf } from '../../../../lambda/core/read/next-node/next-facts.ts';
import type {
  Joins,
  NextNode,
  NextNodeOptions,
  NextNodePiece,
} from '../../../../lambda/core/read/next-node/next-node.ts';
import {
  cluster,
  type Given,
  multipart,
  nodeConfig,
  nodeOf,
  nodePart,
  originOf,
  top,
  userData,
  valueIn,
} from './node-of-user-data.ts';

const eksDefaults: Readonly<Partial<Record<SettingPath, unknown>>> = {
  'authentication.x509.clientCAFile': '/etc/kubernetes/pki/ca.crt',
  'authentication.anonymous.enabled': false,
  'authentication.webhook.enabled': true,
  'authorization.mode': 'Webhook',
  readOnlyPort: 0,
  streamingConnectionIdleTimeout: '4h0m0s',
  protectKernelDefaults: true,
  makeIPTablesUtilChains: true,
  eventRecordQPS: 50,
  rotateCertificates: false,
  serverTLSBootstrap: true,
  'featureGates.RotateKubeletServerCertificate': true,
};

describe('a node that nodeadm configures', () => {
  it('has the defaults of the image where its NodeConfig sets nothing, and says that they are', () => {
    const node = nodeOf(`${top}spec:\n${cluster}`, { cluster: 'whole' });
    expect(Object.fromEntries(settingPaths.map((path) => [path, valueIn(node, path)]))).toEqual(eksDefaults);
    expect(originOf(node, 'readOnlyPort')).toBe('default of the EKS-optimized AMI');
    expect(originOf(node, 'eventRecordQPS')).toBe('default (configuration file)');
    expect(node.joins).toEqual({ status: 'yes' });
    expect(node.places.size).toBe(0);
  });

  it.each<[string, string, Partial<Record<SettingPath, unknown>>]>([
    ['a value', nodeConfig('config: {readOnlyPort: 10255}'), { readOnlyPort: 10255 }],
    [
      'words of YAML 1.1',
      nodeConfig('config: {authentication: {anonymous: {enabled: yes}}, readOnlyPort: 0x280f}'),
      { 'authentication.anonymous.enabled': true, readOnlyPort: 10255 },
    ],
    [
      'a key in another case, inside the kubelet’s configuration',
      nodeConfig('config: {ReadOnlyPort: 10255}'),
      { readOnlyPort: 10255 },
    ],
    ['a key in another case, of the NodeConfig itself', nodeConfig('CONFIG: {readOnlyPort: 10255}'), {}],
    ['a field that NodeConfig has not', nodeConfig('extraArgs: {read-only-port: "10255"}'), {}],
    [
      'a null, which deletes',
      nodeConfig('config: {authentication: {x509: null}}'),
      { 'authentication.x509.clientCAFile': '' },
    ],
    [
      'an empty text',
      nodeConfig('config: {authentication: {x509: {clientCAFile: ""}}}'),
      { 'authentication.x509.clientCAFile': '' },
    ],
    ['0s in a file, which is the default', nodeConfig('config: {streamingConnectionIdleTimeout: 0s}'), {}],
    [
      'a second YAML document',
      `${nodeConfig('config: {readOnlyPort: 1}')}---\n${nodeConfig('config: {readOnlyPort: 2}')}`,
      { readOnlyPort: 1 },
    ],
    [
      'a later part',
      multipart(nodePart('config: {readOnlyPort: 1}'), nodePart('config: {readOnlyPort: 2}')),
      { readOnlyPort: 2 },
    ],
    [
      'an empty map in a later part, which changes nothing',
      multipart(
        nodePart('config: {authentication: {anonymous: {enabled: true}}}'),
        nodePart('config: {authentication: {}}'),
      ),
      { 'authentication.anonymous.enabled': true },
    ],
    [
      'a flag, which beats a later file',
      multipart(nodePart('flags: [--read-only-port=1]'), nodePart('config: {readOnlyPort: 2}')),
      { readOnlyPort: 1 },
    ],
    [
      'the last of two flags',
      multipart(nodePart('flags: [--anonymous-auth=false]'), nodePart('flags: [--anonymous-auth=true]')),
      { 'authentication.anonymous.enabled': true },
    ],
    ['two flags in one entry', nodeConfig('flags: ["--max-pods=20 --event-qps=3"]'), { eventRecordQPS: 3 }],
    ['a flag with quotes, which systemd undoes', nodeConfig(`flags: ["--event-qps='3'"]`), { eventRecordQPS: 3 }],
    [
      '0 as a flag, which stays',
      nodeConfig('flags: [--streaming-connection-idle-timeout=0]'),
      { streamingConnectionIdleTimeout: '0s' },
    ],
    [
      'another type of part',
      multipart(['text/yaml', nodeConfig('config: {readOnlyPort: 1}')], nodePart('config: {}')),
      {},
    ],
    [
      'a part that is base64',
      multipart(['application/node.eks.aws', Buffer.from(nodeConfig('config: {readOnlyPort: 1}')).toString('base64')]),
      { readOnlyPort: 1 },
    ],
    [
      'JSON',
      JSON.stringify({
        apiVersion: 'node.eks.aws/v1alpha1',
        kind: 'NodeConfig',
        spec: { kubelet: { config: { readOnlyPort: 1 } } },
      }),
      { readOnlyPort: 1 },
    ],
  ])('follows %s', (_, text, changed) => {
    const node = nodeOf(text);
    expect(Object.fromEntries(settingPaths.map((path) => [path, valueIn(node, path)]))).toEqual({
      ...eksDefaults,
      ...changed,
    });
    expect(node.joins).toEqual({ status: 'yes' });
  });

  it.each<[string, number, unknown]>([
    ['keeps what is there up to 1.31', 31, '/etc/kubernetes/pki/ca.crt'],
    ['deletes it from 1.32 on', 32, ''],
  ])('knows that a null %s', (_, kubeletMinor, expected) => {
    const node = nodeOf(nodeConfig('config: {authentication: {x509: {clientCAFile: null}}}'), { kubeletMinor });
    expect(valueIn(node, 'authentication.x509.clientCAFile')).toBe(expected);
  });

  it('reads base64 of gzip, and no gzip of base64', () => {
    const text = nodeConfig('config: {readOnlyPort: 1}');
    const packed = Buffer.from(gzipSync(text).toString('base64'));
    expect(valueIn(nodeOf(packed), 'readOnlyPort')).toBe(1);
    expect(nodeOf(packed).places.get('readOnlyPort')).toEqual({ piece: 0, keys: ['readOnlyPort'], behind: 'encoding' });
    expect(nodeOf(gzipSync(Buffer.from(text).toString('base64'))).joins).toMatchObject({
      status: 'no',
      by: 'bootstrap',
    });
  });

  it.each<[string, string, object]>([
    ['a part that is none', multipart(nodePart('config: {}'), ['application/node.eks.aws', 'x']), { part: 2 }],
    ['another apiVersion', nodeConfig('config: {}').replace('v1alpha1', 'v1'), {}],
    ['flags that are no list', nodeConfig('flags: {a: b}'), {}],
    ['a configuration that is no map', nodeConfig('config: x'), {}],
    [
      'a boundary that needs quotes',
      multipart(nodePart('config: {}')).replace('"B"', '//').replaceAll('--B', '--//'),
      {},
    ],
    [
      'a part without the blank line behind its header',
      multipart(nodePart('config: {}')).replace('aws\n\n', 'aws\n'),
      {},
    ],
    ['a type of part that cannot be read', multipart(nodePart('config: {}'), ['text/', 'x']), { part: 2 }],
  ])('does not join with %s, and then nothing is known of it', (_, text, where) => {
    const node = nodeOf(text);
    expect(node.joins).toMatchObject({ status: 'no', by: 'bootstrap', piece: 0, ...where });
    expect(node.reading.ok).toBe(false);
  });

  it.each<[string, string, string]>([
    ['the name of its cluster', '    name: c\n', 'nodeadm stops: spec.cluster.name is missing'],
    [
      'the endpoint',
      '    apiServerEndpoint: https://example.com\n',
      'nodeadm stops: spec.cluster.apiServerEndpoint is missing',
    ],
    [
      'the certificate authority',
      '    certificateAuthority: Y2E=\n',
      'nodeadm stops: spec.cluster.certificateAuthority is missing',
    ],
    ['the address range', '    cidr: 10.100.0.0/16\n', 'nodeadm stops: spec.cluster.cidr is missing'],
  ])('does not join without %s, unless EKS adds it; its settings are still told', (_, line, because) => {
    const text = nodeConfig('config: {readOnlyPort: 1}').replace(line, '');
    const node = nodeOf(text, { cluster: 'whole' });
    expect(node.joins).toEqual({ status: 'no', by: 'bootstrap', because });
    expect(valueIn(node, 'readOnlyPort')).toBe(1);
    expect(nodeOf(text).joins).toEqual({ status: 'yes' });
  });

  it.each<[string, string]>([
    ['a flag that the kubelet has not', nodeConfig('flags: [--no-such-flag=1]')],
    ['a wrong type', nodeConfig('config: {readOnlyPort: "x"}')],
    ['a kind of the user’s own', nodeConfig('config: {kind: Foo}')],
    ['a port that is none', nodeConfig('config: {readOnlyPort: 70000}')],
  ])('does not join with %s: its kubelet would not start, and nothing passes', (_, text) => {
    const node = nodeOf(text);
    expect(node.joins).toMatchObject({ status: 'no', by: 'kubelet' });
    expect(valueIn(node, 'authentication.x509.clientCAFile')).toBe('?');
  });

  it('is unknown with flags that name another configuration file', () => {
    const node = nodeOf(nodeConfig('flags: [--config=/etc/other.yaml]'));
    expect(valueIn(node, 'readOnlyPort')).toBe('?');
  });

  it('is unknown with flags whose text systemd reads in its own way', () => {
    expect(nodeOf(nodeConfig(String.raw`flags: ['--node-labels=a\nb --anonymous-auth=true']`)).reading.ok).toBe(false);
  });

  it('tells of a field that nodeadm ignores', () => {
    const { reading } = nodeOf(nodeConfig('extraArgs: {}'));
    expect(reading.ok && reading.value.notes.join()).toContain('spec.kubelet.extraArgs');
  });

  it('takes what a tool renders over what the user wrote', () => {
    const config = treeOf({ readOnlyPort: 2, eventRecordQPS: 7 });
    if (!(config instanceof Map)) throw new Error('no map');
    const rendered: NextNodePiece = { from: 'kubelet', name: 'spec.kubelet', config, flags: ['--event-qps=9'] };
    const node = nodeOf('', { pieces: [userData(nodeConfig('config: {readOnlyPort: 1}')), rendered] });
    expect(valueIn(node, 'readOnlyPort')).toBe(2);
    expect(originOf(node, 'readOnlyPort')).toBe('spec.kubelet');
    expect(node.places.get('readOnlyPort')).toEqual({ piece: 1, keys: ['readOnlyPort'] });
    expect(originOf(node, 'eventRecordQPS')).toBe('flag --event-qps (spec.kubelet)');
    expect(node.places.get('eventRecordQPS')).toEqual({ piece: 1, flag: 'event-qps', flagIndex: 0 });
  });

  it('takes MIME parts one by one as it takes the whole', () => {
    const [type, body] = nodePart('config: {readOnlyPort: 1}');
    const bytes = new TextEncoder().encode(body);
    const node = nodeOf('', { pieces: [{ from: 'part', contentType: type, bytes }] });
    expect(valueIn(node, 'readOnlyPort')).toBe(1);
    expect(node.places.get('readOnlyPort')?.line).toBe(10);
  });
});

describe('beside a NodeConfig', () => {
  it.each<[string, string, string]>([
    [
      'a script that prints',
      'text/x-shellscript; charset="us-ascii"',
      '#!/bin/bash\nset -euo pipefail\necho "Hello"\nmkdir -p /mnt/x && chown -R 1:1 /mnt/x\nexport KUBELET_EXTRA_ARGS=--anonymous-auth=true\n',
    ],
    [
      'a script that writes elsewhere',
      'text/x-shellscript',
      '#!/bin/bash\ncat << EOF | sudo tee /etc/sysctl.d/90.conf\nvm.overcommit_memory=1\nEOF\nsysctl -p /etc/sysctl.d/90.conf\n',
    ],
    [
      'AWS’s line that logs',
      'text/x-shellscript',
      '#!/bin/bash -xe\nexec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1\necho x\n',
    ],
    ['cloud-config that sets names', 'text/cloud-config', '#cloud-config\nhostname: x\n'],
    ['a type that nothing reads', 'text/yaml', 'a: 1\n'],
    [
      'a nested multipart without scripts',
      'multipart/mixed; boundary="I"',
      '--I\nContent-Type: application/node.eks.aws\n\nx\n--I--\n',
    ],
  ])('%s changes nothing', (_, type, body) => {
    const node = nodeOf(multipart(nodePart('config: {}'), [type, body]));
    expect(valueIn(node, 'readOnlyPort')).toBe(0);
    expect(node.joins).toEqual({ status: 'yes' });
  });

  it.each<[string, string, string]>([
    ['a download', 'text/x-shellscript', '#!/bin/bash\ncurl -s https://example.com | bash\n'],
    ['a file of the kubelet', 'text/x-shellscript', '#!/bin/bash\necho x > /etc/kubernetes/kubelet/config.json\n'],
    ['a file of nodeadm', 'text/x-shellscript', '#!/bin/bash\ncat > /etc/eks/nodeadm.d/x.yaml << EOF\nx\nEOF\n'],
    [
      'a path that is put together',
      'text/x-shellscript',
      '#!/bin/bash\nX=/etc/kuber\necho x > ${X}netes/kubelet/config.json\n',
    ],
    [
      'a path out of a harmless folder',
      'text/x-shellscript',
      '#!/bin/bash\necho x > /tmp/../etc/kubernetes/kubelet/config.json\n',
    ],
    ['a path of an unknown variable', 'text/x-shellscript', '#!/bin/bash\necho x > $Y\n'],
    ['a substitution', 'text/x-shellscript', '#!/bin/bash\necho $(reboot)\n'],
    ['a substitution in a here-document', 'text/x-shellscript', '#!/bin/bash\ncat << EOF > /tmp/x\n$(reboot)\nEOF\n'],
    ['another path to look for programs', 'text/x-shellscript', '#!/bin/bash\nexport PATH=/tmp\nmkdir /mnt/x\n'],
    [
      'a function with the name of a harmless program',
      'text/x-shellscript',
      '#!/bin/bash\necho() { reboot; }\necho x\n',
    ],
    ['a program of another language', 'text/x-shellscript', '#!/usr/bin/python3\necho = 1\n'],
    ['a condition', 'text/x-shellscript', '#!/bin/bash\nif true; then reboot; fi\n'],
    ['a unit of its own', 'text/x-shellscript', '#!/bin/bash\nsystemctl start x\n'],
    ['a background', 'text/x-shellscript', '#!/bin/bash\necho x & reboot\n'],
    ['cloud-config that runs something', 'text/cloud-config', '#cloud-config\nruncmd: [[reboot]]\n'],
    ['cloud-config by its first line alone', 'text/plain', '#cloud-config\nwrite_files: []\n'],
    ['a part handler', 'text/part-handler', 'x'],
    ['an include', 'text/x-include-url', 'https://example.com\n'],
    ['a boothook', 'text/cloud-boothook', '#!/bin/sh\nreboot\n'],
    ['a template', 'text/jinja2', '## template: jinja\n#cloud-config\n'],
    [
      'a nested multipart with a script',
      'multipart/mixed; boundary="I"',
      '--I\nContent-Type: text/x-shellscript\n\n#!/bin/sh\nreboot\n--I--\n',
    ],
  ])('%s makes everything unknown', (_, type, body) => {
    const node = nodeOf(multipart(nodePart('config: {}'), [type, body]));
    expect(node.reading.ok).toBe(false);
    expect(node.joins.status).toBe('unknown');
  });

  it('a NodeConfig that is a script as well is both', () => {
    expect(nodeOf(`#!/bin/bash\n${nodeConfig('config: {}')}`).joins.status).toBe('unknown');
  });
});

describe('a custom AMI', () => {
  it('lets nothing pass, and says what the user data sets', () => {
    const node = nodeOf(nodeConfig('config: {readOnlyPort: 10255}'), { ami: 'custom' });
    const facts = node.reading.ok ? node.reading.value.settings : undefined;
    expect(settingPaths.filter((path) => facts?.[path].state !== 'unknown')).toEqual([]);
    expect(facts?.readOnlyPort).toMatchObject({
      because: expect.stringContaining('user data, line 10 sets it to 10255'),
    });
    expect(node.joins.status).toBe('unknown');
  });
});

describe('a hybrid node', () => {
  const hybrid = (more: string): string =>
    `${top}spec:\n  cluster:\n    name: c\n    region: eu-central-1\n  hybrid:\n    ssm:\n      activationId: i\n      activationCode: secretCode\n${more}`;

  it.each<[string, string, Joins['status']]>([
    ['joins', hybrid(''), 'yes'],
    ['takes a key in any case', hybrid('').replace('cluster', 'Cluster'), 'yes'],
    ['refuses a field that it has not', hybrid('  x: 1\n'), 'no'],
    ['refuses a key that is there twice', hybrid('  cluster: {}\n'), 'no'],
    ['needs a Region', hybrid('').replace('    region: eu-central-1\n', ''), 'no'],
    ['needs credentials', hybrid('').replace('secretCode', '""'), 'no'],
    ['takes no name of its own', hybrid('  kubelet: {flags: [--hostname-override=x]}\n'), 'no'],
  ])('%s', (_, text, status) => {
    expect(nodeOf(text, { kind: 'hybrid', cluster: 'whole' }).joins.status).toBe(status);
  });

  it('loses a null at the top, where the same on EC2 deletes', () => {
    const kubelet = '  kubelet: {config: {authentication: null, readOnlyPort: 1}}\n';
    const node = nodeOf(hybrid(kubelet), { kind: 'hybrid' });
    expect(valueIn(node, 'authentication.x509.clientCAFile')).toBe('/etc/kubernetes/pki/ca.crt');
    expect(originOf(node, 'readOnlyPort')).toBe('user data, line 11');
  });
});

describe('a node of Amazon Linux 2', () => {
  const al2 = (script: string, given: Given = {}): NextNode =>
    nodeOf(`#!/bin/bash\n${script}`, { kind: 'al2', kubeletMinor: 32, ...given });

  it.each<[string, string, Partial<Record<SettingPath, unknown>>]>([
    ['nothing', 'set -e\n', {}],
    [
      'extra arguments',
      "/etc/eks/bootstrap.sh c --kubelet-extra-args '--max-pods=20 --read-only-port=10255'\n",
      { readOnlyPort: 10255 },
    ],
    [
      'the last of two',
      "/etc/eks/bootstrap.sh c --kubelet-extra-args '--event-qps=1' --kubelet-extra-args '--event-qps=2'\n",
      { eventRecordQPS: 2 },
    ],
    ['the = form, which is dropped', "/etc/eks/bootstrap.sh c --kubelet-extra-args='--event-qps=1'\n", {}],
    [
      'a variable',
      'ARGS="--event-qps=3"\n/etc/eks/bootstrap.sh c \\\n  --kubelet-extra-args "$ARGS"\n',
      { eventRecordQPS: 3 },
    ],
    ['the environment', "export KUBELET_EXTRA_ARGS='--event-qps=4'\n/etc/eks/bootstrap.sh c\n", { eventRecordQPS: 4 }],
    [
      'an edit in place',
      `echo "$(jq '.readOnlyPort=1 | .eventRecordQPS = 5' /etc/kubernetes/kubelet/kubelet-config.json)" > /etc/kubernetes/kubelet/kubelet-config.json\n`,
      { readOnlyPort: 1, eventRecordQPS: 5 },
    ],
    [
      'an edit over a copy',
      "cat /etc/kubernetes/kubelet/kubelet-config.json | jq '.authentication.anonymous.enabled=true' > /tmp/k.json\nsudo mv /tmp/k.json /etc/kubernetes/kubelet/kubelet-config.json\nsystemctl restart kubelet\n",
      { 'authentication.anonymous.enabled': true },
    ],
    [
      'an edit with its restart behind the call',
      "/etc/eks/bootstrap.sh c\njq '.readOnlyPort=2' /etc/kubernetes/kubelet/kubelet-config.json > /tmp/k\nmv /tmp/k /etc/kubernetes/kubelet/kubelet-config.json\nsystemctl restart kubelet\n",
      { readOnlyPort: 2 },
    ],
  ])('follows %s', (_, script, changed) => {
    const node = al2(script);
    expect(Object.fromEntries(settingPaths.map((path) => [path, valueIn(node, path)]))).toEqual({
      ...eksDefaults,
      ...changed,
    });
  });

  it.each<[string, string]>([
    [
      'an edit without a restart',
      "/etc/eks/bootstrap.sh c\njq '.readOnlyPort=2' /etc/kubernetes/kubelet/kubelet-config.json > /tmp/k\nmv /tmp/k /etc/kubernetes/kubelet/kubelet-config.json\n",
    ],
    ['an edit by sed', "sed -i 's/x/y/' /etc/eks/bootstrap.sh\n/etc/eks/bootstrap.sh c\n"],
    [
      'an edit by jq that is more than an assignment',
      `echo "$(jq 'del(.authentication)' /etc/kubernetes/kubelet/kubelet-config.json)" > /etc/kubernetes/kubelet/kubelet-config.json\n`,
    ],
    ['extra arguments of a variable that it does not set', '/etc/eks/bootstrap.sh c --kubelet-extra-args "$X"\n'],
    [
      'a variable without quotes, which may be several words',
      '/etc/eks/bootstrap.sh $X --kubelet-extra-args --event-qps=1\n',
    ],
    ['two calls', '/etc/eks/bootstrap.sh c\n/etc/eks/bootstrap.sh c\n'],
    ['an end before the call', 'exit 0\n/etc/eks/bootstrap.sh c\n'],
    ['a call in a condition', 'if true; then /etc/eks/bootstrap.sh c; fi\n'],
    ['an environment for one command', 'KUBELET_EXTRA_ARGS=--event-qps=1 /etc/eks/bootstrap.sh c\n'],
  ])('is unknown with %s', (_, script) => {
    expect(al2(script).reading.ok).toBe(false);
  });

  it('does not join where nothing bootstraps it, or its kubelet would not start', () => {
    expect(al2('echo x\n', { cluster: 'whole' }).joins).toMatchObject({ status: 'no', by: 'bootstrap' });
    expect(al2('echo x\n').joins).toEqual({ status: 'yes' });
    expect(al2("/etc/eks/bootstrap.sh c --kubelet-extra-args '--instance-type x'\n").joins).toMatchObject({
      status: 'no',
      by: 'kubelet',
    });
  });

  it('merges what eksctl gives into the file, null included', () => {
    const config = treeOf({ readOnlyPort: 3, authentication: { x509: { clientCAFile: null } } });
    if (!(config instanceof Map)) throw new Error('no map');
    const node = nodeOf('', {
      kind: 'al2',
      kubeletMinor: 32,
      pieces: [{ from: 'kubelet', name: 'kubeletExtraConfig', config }],
    });
    expect(valueIn(node, 'readOnlyPort')).toBe(3);
    expect(originOf(node, 'readOnlyPort')).toBe('kubeletExtraConfig');
    expect(valueIn(node, 'authentication.x509.clientCAFile')).toBe('');
  });
});

describe('a node of Bottlerocket', () => {
  const bottlerocket = (text: string, given: Given = {}): NextNode => nodeOf(text, { kind: 'bottlerocket', ...given });
  const ofCluster = 'cluster-name = "c"\napi-server = "https://x"\ncluster-certificate = "Y2E="\n';

  it.each<[string, string, Partial<Record<SettingPath, unknown>>, string]>([
    ['nothing of the kubelet', '[settings.kernel]\nlockdown = "integrity"\n', {}, 'yes'],
    ['a rate of events', '[settings.kubernetes]\nevent-qps = 0\n', { eventRecordQPS: 0 }, 'yes'],
    [
      'no certificate of its own by the cluster',
      '[settings.kubernetes]\n"server-tls-bootstrap" = false\n',
      { serverTLSBootstrap: false },
      'yes',
    ],
    [
      'a certificate and a key',
      '[settings.kubernetes]\nserver-certificate = "x"\nserver-key = "y"\n',
      { serverTLSBootstrap: false },
      'yes',
    ],
    ['an inline table', 'settings = {kubernetes = {event-qps = 1}}\n', { eventRecordQPS: 1 }, 'yes'],
    [
      'standalone mode',
      '[settings.kubernetes]\nstandalone-mode = true\n',
      {
        'authentication.x509.clientCAFile': '',
        'authentication.anonymous.enabled': true,
        'authentication.webhook.enabled': false,
        'authorization.mode': 'AlwaysAllow',
      },
      'no-cluster',
    ],
    ['a key that it may not have', '[settings.kubernetes]\nread-only-port = 1\n', {}, 'unknown'],
  ])('follows %s', (_, text, changed, joins) => {
    const node = bottlerocket(text);
    const expected = { ...eksDefaults, 'featureGates.RotateKubeletServerCertificate': undefined, ...changed };
    expect(Object.fromEntries(settingPaths.map((path) => [path, valueIn(node, path)]))).toEqual(expected);
    expect(node.joins.status).toBe(joins);
  });

  it.each([
    ['is no TOML', 'a = = 1'],
    ['has a key twice', '[settings.kubernetes]\nevent-qps = 1\nevent-qps = 2\n'],
    ['has a wrong type', '[settings.kubernetes]\nstandalone-mode = "true"\n'],
    [
      'is base64, which Bottlerocket does not undo',
      Buffer.from('[settings.kubernetes]\nevent-qps = 1\n').toString('base64'),
    ],
  ])('does not take user data that %s', (_, text) => {
    expect(bottlerocket(text).joins).toMatchObject({ status: 'no', by: 'bootstrap' });
    expect(bottlerocket(text).reading.ok).toBe(false);
  });

  it('needs its cluster, where EKS does not add it', () => {
    expect(bottlerocket(`[settings.kubernetes]\n${ofCluster}`, { cluster: 'whole' }).joins.status).toBe('yes');
    expect(bottlerocket('[settings.kubernetes]\ncluster-name = "c"\n', { cluster: 'whole' }).joins.status).toBe('no');
  });

  it('is unknown with a container that changes it at its boot', () => {
    expect(bottlerocket('[settings.bootstrap-containers.x]\nsource = "y"\n').reading.ok).toBe(false);
    expect(bottlerocket('[settings.host-containers.admin]\nenabled = true\n').reading.ok).toBe(true);
  });
});

describe('a node whose image is not public', () => {
  it.each<[string, NextNodeOptions['kind'], string, SettingPath, unknown]>([
    ['Windows without a value', 'windows', '<powershell>\nNew-Item x\n</powershell>', 'readOnlyPort', '?'],
    [
      'Windows with one',
      'windows',
      '<powershell>\n& $x -EKSClusterName c -KubeletExtraArgs "--read-only-port=1"\n</powershell>',
      'readOnlyPort',
      1,
    ],
    ['Windows with one in a comment', 'windows', '# -KubeletExtraArgs "--read-only-port=1"', 'readOnlyPort', '?'],
    ['Windows with a variable', 'windows', '-KubeletExtraArgs "--read-only-port=$x"', 'readOnlyPort', '?'],
    [
      'Ubuntu with a value',
      'ubuntu',
      "#!/bin/bash\n/etc/eks/bootstrap.sh c --kubelet-extra-args '--read-only-port=1'",
      'readOnlyPort',
      1,
    ],
    [
      'Ubuntu with a flag that the snap sets too',
      'ubuntu',
      "/etc/eks/bootstrap.sh c --kubelet-extra-args '--anonymous-auth=false'",
      'authentication.anonymous.enabled',
      '?',
    ],
    ['Auto Mode', 'auto-mode', '', 'readOnlyPort', '?'],
    ['Fargate', 'fargate', '', 'readOnlyPort', '?'],
    ['an unknown Linux', 'linux', nodeConfig('config: {readOnlyPort: 1}'), 'readOnlyPort', '?'],
  ])('%s is known only where a value is written out', (_, kind, text, setting, expected) => {
    expect(valueIn(nodeOf(text, { kind }), setting)).toBe(expected);
  });
});
