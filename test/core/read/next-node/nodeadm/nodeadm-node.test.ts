import { describe, expect, it } from 'vitest';
import type { NextNodePiece } from '../../../../../lambda/core/read/next-node/next-node.ts';
import {
  cluster,
  type Given,
  multipart,
  nodeConfig,
  nodeOf,
  rendered,
  shownIn,
  top,
  userData,
} from '../node-of-user-data.ts';
import { rowsOf } from '../rows.ts';

const shown = (text: string, given: Given = {}): string => shownIn(text, nodeOf(text, given));
const al2023 = (kubelet: string, given?: Given): string => shown(nodeConfig(kubelet), given);
const spec = (text: string): string => shown(`${top}spec: {${text}}\n`);
/** JSON, in which a key may be there twice. */
const json = (text: string, given?: Given): string =>
  shown(`{"apiVersion":"node.eks.aws/v1alpha1","kind":"NodeConfig","spec":${text}}`, given);
const whole = (text: string): string => shown(`${top}spec:\n${text}`, { cluster: 'whole' });
const parts = (...bodies: readonly string[]): string =>
  shown(multipart(...bodies.map((body) => ['application/node.eks.aws', `${top}spec: {${body}}`] as const)));
const ofPart = (contentType: string, text: string): string => {
  const pieces: readonly NextNodePiece[] = [{ from: 'part', contentType, bytes: Buffer.from(text) }];
  return shown(text, { pieces });
};
const hybrid = (text: string, given?: Given): string => shown(`${top}spec: {${text}}\n`, { kind: 'hybrid', ...given });
const named = 'cluster: {name: c, region: r}';
const ssm = 'hybrid: {ssm: {activationId: 1, activationCode: x}}';
const anywhere = 'roleArn: a, profileArn: b, trustAnchorArn: c, nodeName: d, certificatePath: e, privateKeyPath: f';
const windows = (text: string, given?: Given): string => shown(text, { kind: 'windows', ...given });
const ubuntu = (text: string): string =>
  shown(`/etc/eks/bootstrap.sh c --kubelet-extra-args ${text}`, { kind: 'ubuntu' });
const bottlerocket = (text: string, given?: Given): string => shown(text, { kind: 'bottlerocket', ...given });

function becomes(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('becomes what its bootstrap makes of $name', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('a node of nodeadm', () => {
  becomes`
    a number as name: ${spec('cluster: {name: 3}')} → nodeadm cannot read the user data, spec.cluster.name is not a text
    a text as switch: ${spec('cluster: {enableOutpost: x}')} → nodeadm cannot read the user data, spec.cluster.enableOutpost is not true or false
    a gate that is none: ${spec('featureGates: {a: x}')} → nodeadm cannot read the user data, spec.featureGates.* is not true or false
    no base64: ${spec('cluster: {certificateAuthority: "*"}')} → nodeadm cannot read the user data, spec.cluster.certificateAuthority is not base64
    base64 as list: ${spec('cluster: {certificateAuthority: [1]}')} → spec.cluster.certificateAuthority is not read; this program does not follow what nodeadm makes of it
    a list as cluster: ${spec('cluster: [a]')} → nodeadm cannot read the user data, spec.cluster is not a map
    labels that are numbers: ${shown(`${top}metadata: {labels: {a: 1}}\n`)} → nodeadm cannot read the user data, metadata.labels.* is not a text
    a generation: ${shown(`${top}metadata: {generation: 1}\n`)} → metadata.generation is not read; this program does not follow what nodeadm makes of it
    a refused field behind one that is not read: ${shown(`${top}metadata: {generation: 1, name: 2}\n`)} → nodeadm cannot read the user data, metadata.name is not a text
    a list as kind: ${shown('apiVersion: node.eks.aws/v1alpha1\nkind: [a]\n')} → nodeadm cannot read the user data, kind is no text
    a number as version: ${shown('apiVersion: 1\nkind: NodeConfig\n')} → nodeadm cannot read the user data, apiVersion is no text
    the version in another case: ${shown('APIVersion: node.eks.aws/v1alpha1\nKIND: NodeConfig\n')} → nodeadm has no such field and ignores it: APIVersion, KIND
    an internal version: ${shown('apiVersion: node.eks.aws/__internal\nkind: NodeConfig\n')} → an internal apiVersion; this program does not follow what nodeadm makes of it
    nulls: ${json('{"kubelet":{"config":{"readOnlyPort":1},"config":null,"flags":["--event-qps=3"],"flags":null}}')} → 
    keys that are there twice: ${json('{"kubelet":{"config":{"readOnlyPort":1},"config":{"eventRecordQPS":2}}}')} → readOnlyPort=1 {piece:0,keys:[readOnlyPort]}; eventRecordQPS=2 {piece:0,keys:[eventRecordQPS],line:1} | 2 | "eventRecordQPS":2
    nulls in the cluster: ${json('{"cluster":{"name":"c","apiServerEndpoint":"e","cidr":"10.0.0.0/16","certificateAuthority":"Y2E=","certificateAuthority":null}}', { cluster: 'whole' })} → no: nodeadm stops: spec.cluster.certificateAuthority is missing
    no Outpost after all: ${json('{"cluster":{"name":"c","apiServerEndpoint":"e","cidr":"fc00::/7","certificateAuthority":"Y2E=","enableOutpost":true,"enableOutpost":null}}', { cluster: 'whole' })} → 
    an Outpost: ${whole(`${cluster}    enableOutpost: true\n`)} → no: nodeadm stops: spec.cluster.id is missing, which an Outpost needs
    an Outpost with its id: ${whole(`${cluster}    enableOutpost: true\n    id: x\n`)} → 
    an odd range: ${whole(cluster.replace('10.100.0.0/16', '10.100.0.0'))} → unknown: spec.cluster.cidr is no address range that this program knows
    no NodeConfig: ${shown('#!/bin/sh\n', { pieces: [], cluster: 'whole' })} → no: nodeadm stops: no NodeConfig is in the user data
    containerd twice: ${parts('containerd: {config: "a = 1"}', 'containerd: {config: \'b = [true, "x", {c = 1}]\'}')} → 
    containerd that is not merged here: ${parts('containerd: {config: "a = 1.5"}', 'containerd: {config: "a = 1"}')} → two configurations of containerd, which nodeadm merges; this program does not follow what nodeadm makes of it
    containerd that is no TOML: ${parts('containerd: {config: "a"}', 'containerd: {config: ""}')} → 
    unknown fields: ${spec(`a: 1, kubelet: {b: 1}, ${Array.from({ length: 20 }, (_, at) => `c${at}: 1`).join()}`)} → nodeadm has no such field and ignores it: spec.a, spec.kubelet.b, spec.c0, spec.c1, spec.c2, spec.c3, spec.c4, spec.c5, spec.c6, spec.c7, spec.c8, spec.c9, spec.c10, spec.c11, spec.c12, spec.c13, spec.c14, spec.c15, spec.c16, spec.c17
    a part of a type that cannot be read: ${ofPart('text/', 'x')} → nodeadm cannot read the user data, its Content-Type cannot be read
    a part of another type: ${ofPart('text/plain', 'x')} → 
    a script that empties a file: ${ofPart('text/x-shellscript', 'echo x\n\n> /etc/x')} → the user data may change the kubelet: line 3 of its script is not one that certainly leaves it alone
    a part that is none: ${ofPart('application/node.eks.aws', 'x')} → nodeadm cannot read the user data, it is no NodeConfig, but a single value or a list
    a broken gzip: ${shown(Buffer.from([0x1f, 0x8b]).toString('base64'))} → nodeadm cannot read the user data, a gzip that is broken
    flags that systemd reads in its own way: ${al2023('flags: ["--v=\\\\"]')} → flags with a backslash or a line break, which systemd reads in its own way
    a flag in two words: ${al2023('flags: [--event-qps, "3"]')} → eventRecordQPS=3 {piece:0,flag:event-qps,flagIndex:0,line:10} | --event-qps
    a flag with an underscore: ${al2023('flags: [--event_qps=3]')} → eventRecordQPS=3 {piece:0,flag:event_qps,flagIndex:0,line:10} | 3 | --event_qps=3
    gates: ${al2023('flags: ["--feature-gates=RotateKubeletServerCertificate=false", --feature-gates=A=true]')} → a kubelet with this command line would not start: the feature gate A is in no list of those of a kubelet 1.34
    an alias of the flags: ${al2023('maxPodsExpression: &x a\n    flags: [*x, --event-qps=3]')} → a kubelet with this command line would not start: argument 4 is not a flag
    an alias of a flag: ${al2023('maxPodsExpression: &x --event-qps=3\n    flags: [*x]')} → eventRecordQPS=3 {piece:0,flag:event-qps,flagIndex:0,line:11,behind:alias}
    an alias of their list: ${shown(`${top}metadata: {finalizers: &x [--event-qps=3]}\nspec: {kubelet: {flags: *x}}`)} → eventRecordQPS=3 {piece:0,flag:event-qps,flagIndex:0,line:3,behind:alias}
    a merge of the flags: ${al2023('<<: {flags: [--event-qps=3]}')} → eventRecordQPS=3 {piece:0,flag:event-qps,flagIndex:0,line:10,behind:merge-key}
    an alias above a value: ${shown(`${top}x: &x {config: {readOnlyPort: 1}}\nspec: {kubelet: *x}`)} → readOnlyPort=1 {piece:0,keys:[readOnlyPort],line:3,behind:alias}; nodeadm has no such field and ignores it: x
    an anchor above a value: ${shown(`${top}spec: {kubelet: &x {config: {readOnlyPort: 1}}}`)} → readOnlyPort=1 {piece:0,keys:[readOnlyPort],line:3,behind:anchor}
    a merge of two: ${al2023('config: {<<: [{readOnlyPort: 1}, {readOnlyPort: 2}], a: 1}')} → readOnlyPort=1 {piece:0,keys:[readOnlyPort],line:10,behind:merge-key}
    a folded text: ${al2023('config:\n      authorization:\n        mode: >-\n          AlwaysAllow')} → authorization.mode=AlwaysAllow {piece:0,keys:[authorization,mode],line:12,behind:block-scalar}
    an anchor of flags: ${al2023('flags: &x [--event-qps=3]')} → eventRecordQPS=3 {piece:0,flag:event-qps,flagIndex:0,line:10,behind:anchor}
    flags of a tool behind: ${shown('', { pieces: [userData(nodeConfig('flags: [--v=1]')), rendered('a', {}, ['--v=1', '--event-qps=3'])] })} → eventRecordQPS=3 {piece:1,flag:event-qps,flagIndex:1}
    flags of a tool before: ${al2023('flags: [--v=1, --event-qps=3]', { pieces: [rendered('a', {}, ['--v=1']), userData(nodeConfig('flags: [--v=1, --event-qps=3]'))] })} → eventRecordQPS=3 {piece:1,flag:event-qps,flagIndex:1,line:10} | 3 | --event-qps=3
    a custom AMI: ${al2023('config: {readOnlyPort: 1}', { ami: 'custom' })} → readOnlyPort=? {piece:0,keys:[readOnlyPort],line:10} | 1 | readOnlyPort: 1; unknown: the AMI is not EKS-optimized: its bootstrap is not known
  `;
});

describe('a hybrid node', () => {
  becomes`
    its file: ${hybrid(`${named}, ${ssm}, kubelet: {config: {readOnlyPort: 1}}`)} → readOnlyPort=1 {piece:0,keys:[readOnlyPort],line:3} | 1 | readOnlyPort: 1
    a key in another case: ${hybrid(`Cluster: {name: c, region: r}, ${ssm}`)} → 
    a key that is there twice: ${hybrid(`${named}, ${named}, ${ssm}`)} → nodeadm cannot read the user data, a key that is there twice
    no Region: ${hybrid(`cluster: {name: c}, ${ssm}`)} → no: nodeadm stops: spec.cluster.region is missing
    no name of the cluster: ${hybrid(`cluster: {region: r}, ${ssm}`)} → no: nodeadm stops: spec.cluster.name is missing
    a name of its own: ${hybrid(`${named}, ${ssm}, kubelet: {flags: [--hostname-override=x]}`)} → no: nodeadm stops: it allows no --hostname-override
    a null at the top, which is lost: ${hybrid(`${named}, ${ssm}, kubelet: {config: {authentication: null, readOnlyPort: 1}}`)} → readOnlyPort=1 {piece:0,keys:[readOnlyPort],line:3} | 1 | readOnlyPort: 1
    a custom image: ${hybrid(`${named}, ${ssm}`, { ami: 'custom' })} → unknown: the AMI is not EKS-optimized: its bootstrap is not known
    no piece: ${hybrid('', { pieces: [] })} → a hybrid node is configured by one NodeConfig file
    two pieces: ${hybrid('', { pieces: [userData(''), userData('')] })} → a hybrid node is configured by one NodeConfig file
    what a tool renders: ${hybrid('', { pieces: [rendered('a', {})] })} → a hybrid node is configured by one NodeConfig file
    a fraction as text: ${hybrid('cluster: {name: 1.5}')} → spec.cluster.name is a number where a text is wanted; this program does not follow what nodeadm makes of it
    a fraction in a list: ${hybrid('kubelet: {flags: [1.5]}')} → spec.kubelet.flags.[] is a number where a text is wanted; this program does not follow what nodeadm makes of it
    a text as list: ${hybrid('kubelet: {flags: a}')} → nodeadm cannot read the user data, spec.kubelet.flags is not a list
    a text as map: ${hybrid('cluster: a')} → nodeadm cannot read the user data, spec.cluster is not a map
    two spellings: ${hybrid('cluster: {}, Cluster: {}')} → spec.cluster is there in two spellings; this program does not follow what nodeadm makes of it
    an unknown field: ${hybrid('kubelet: {maxPodsExpression: a}')} → nodeadm cannot read the user data, spec.kubelet.maxPodsExpression is no field of a NodeConfig of hybrid nodes
    no YAML: ${hybrid('"')} → nodeadm cannot read the user data, line 4, column 1: quotes that do not end
    a quote in a flag: ${hybrid(`kubelet: {flags: ['--v="1"']}`)} → flags with a quote, a backslash or a line break, which systemd reads in its own way
    a backslash in a flag: ${hybrid(`kubelet: {flags: ['--v=\\1']}`)} → flags with a quote, a backslash or a line break, which systemd reads in its own way
    no credentials: ${hybrid(`${named}, hybrid: {}`)} → no: nodeadm stops: spec.hybrid needs one of ssm and iamRolesAnywhere
    both credentials: ${hybrid(`${named}, hybrid: {ssm: {activationId: a}, iamRolesAnywhere: {roleArn: a}}`)} → no: nodeadm stops: spec.hybrid needs one of ssm and iamRolesAnywhere
    an activation without its id: ${hybrid(`${named}, hybrid: {ssm: {activationCode: x}}`)} → no: nodeadm stops: activationId is missing in spec.hybrid
    roles: ${hybrid(`${named}, hybrid: {iamRolesAnywhere: {${anywhere}}}`)} → 
    roles without a key: ${hybrid(`${named}, hybrid: {iamRolesAnywhere: {${anywhere.replace('privateKeyPath: f', 'awsConfigPath: f')}}}`)} → no: nodeadm stops: privateKeyPath is missing in spec.hybrid
    a kubelet that would not start: ${hybrid(`${named}, ${ssm}, kubelet: {config: {readOnlyPort: 70000}}`)} → no: the kubelet would not start: readOnlyPort is 70000, which is no port
  `;
});

describe('a node of another image', () => {
  becomes`
    a call between single quotes: ${windows("x -kubeletextraargs '--event-qps=3'")} → eventRecordQPS=3 {piece:0,flag:event-qps,line:1} | 3 | --event-qps=3; unknown: what the Windows AMI's own bootstrap sets is not public
    a call in a comment: ${windows('# -KubeletExtraArgs "--read-only-port=1"')} → what the Windows AMI's own bootstrap sets is not public
    a variable: ${windows('-KubeletExtraArgs "--read-only-port=$x"')} → what the Windows AMI's own bootstrap sets is not public
    Auto Mode: ${shown('', { kind: 'auto-mode' })} → AWS configures the kubelet of EKS Auto Mode: it cannot be configured here
    Fargate: ${shown('', { kind: 'fargate' })} → AWS configures the kubelet of Fargate: it cannot be configured here
    an unknown Linux: ${shown(nodeConfig('config: {readOnlyPort: 1}'), { kind: 'linux' })} → it is not known which bootstrap this node has
    two calls: ${windows('x -KubeletExtraArgs "--event-qps=3"\nx -KubeletExtraArgs "--event-qps=3"')} → what the Windows AMI's own bootstrap sets is not public
    a custom image: ${windows('x -KubeletExtraArgs "--event-qps=3"', { ami: 'custom' })} → what the Windows AMI's own bootstrap sets is not public
    flags that are read otherwise: ${windows('x -KubeletExtraArgs "--v=\\\\"')} → what the Windows AMI's own bootstrap sets is not public
    flags that are none: ${windows('x -KubeletExtraArgs "--event-qps=x"')} → a kubelet with this command line would not start: the flag --event-qps: eventRecordQPS is not a plain whole number
    a flag in two words: ${windows('x -KubeletExtraArgs "--event-qps 3"')} → eventRecordQPS=3 {piece:0,flag:event-qps,line:1} | --event-qps 3; unknown: what the Windows AMI's own bootstrap sets is not public
    a gate: ${windows('x -KubeletExtraArgs "--feature-gates=RotateKubeletServerCertificate=true"')} → featureGates.RotateKubeletServerCertificate=true {piece:0,flag:feature-gates,line:1} | RotateKubeletServerCertificate=true | --feature-gates=RotateKubeletServerCertificate=true; unknown: what the Windows AMI's own bootstrap sets is not public
    a gate of the snap: ${ubuntu("'--feature-gates=RotateKubeletServerCertificate=true --event-qps=3'")} → eventRecordQPS=3 {piece:0,flag:event-qps,line:1} | 3 | --feature-gates=RotateKubeletServerCertificate=true --event-qps=3; unknown: what Canonical's own bootstrap sets is not public
    TOML of Bottlerocket: ${bottlerocket('[settings.kubernetes]\nevent-qps = 3\n"server-tls-bootstrap" = false\n')} → eventRecordQPS=3 {piece:0,line:2,keys:[event-qps]} | 3 | event-qps = 3; serverTLSBootstrap=false {piece:0,line:3,keys:[server-tls-bootstrap]} | false | "server-tls-bootstrap" = false
    no settings: ${bottlerocket('a = 1\n', { cluster: 'whole' })} → no: the user data has no settings
    no cluster: ${bottlerocket('[settings.kubernetes]\nstandalone-mode = true\n', { cluster: 'whole' })} → authentication.x509.clientCAFile= {piece:0,line:2,keys:[standalone-mode]} | true | standalone-mode = true; authentication.anonymous.enabled=true {piece:0,line:2,keys:[standalone-mode]} | true | standalone-mode = true; authentication.webhook.enabled=false {piece:0,line:2,keys:[standalone-mode]} | true | standalone-mode = true; authorization.mode=AlwaysAllow {piece:0,line:2,keys:[standalone-mode]} | true | standalone-mode = true; no-cluster: settings.kubernetes.standalone-mode is on: its kubelet serves no cluster
    a number as outer table: ${bottlerocket('settings = 1\n')} → Bottlerocket does not take the user data: settings is no table
    a number as inner table: ${bottlerocket('[settings]\nkubernetes = 1\n')} → Bottlerocket does not take the user data: settings.kubernetes is no table
    a fraction: ${bottlerocket('[settings.kubernetes]\nevent-qps = 1.5\n')} → Bottlerocket does not take the user data: settings.kubernetes.event-qps has a type that it cannot have
    a negative number: ${bottlerocket('[settings.kubernetes]\nevent-qps = -1\n')} → Bottlerocket does not take the user data: settings.kubernetes.event-qps has a type that it cannot have
    a switch that is a number: ${bottlerocket('[settings.kubernetes]\nserver-tls-bootstrap = 1\n')} → Bottlerocket does not take the user data: settings.kubernetes.server-tls-bootstrap has a type that it cannot have
    a certificate without its key: ${bottlerocket('[settings.kubernetes]\nserver-certificate = "x"\n')} → serverTLSBootstrap=true {piece:0,line:2,keys:[server-certificate]} | "x" | server-certificate = "x"
    a custom Bottlerocket: ${bottlerocket('[settings.kubernetes]\nevent-qps = 3\n', { ami: 'custom' })} → eventRecordQPS=? {piece:0,line:2,keys:[event-qps]} | 3 | event-qps = 3; unknown: the AMI is not EKS-optimized: its bootstrap is not known
    a gzip: ${bottlerocket('\u001f\u008b')} → Bottlerocket does not take the user data: the user data is no TOML, line 1
    a container at its boot: ${bottlerocket('[settings.bootstrap-containers.x]\nmode = "off"\n')} → settings.bootstrap-containers may change the kubelet's settings
    two texts: ${bottlerocket('[settings.kubernetes]\nevent-qps = 3\n', { pieces: [userData('[settings.kubernetes]\nevent-qps = 1\n'), userData('[settings.kubernetes]\nevent-qps = 3\n')] })} → eventRecordQPS=3 {piece:1,line:2,keys:[event-qps]} | 3 | event-qps = 3
  `;
});
