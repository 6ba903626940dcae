import { describe, expect, it } from 'vitest';
import { rowsOf } from '../rows.ts';
import { declaredLines } from './declared-lines.ts';

/** What most lines say. */
const usual = /(?: standard eks-adds|; it names no AMI, as the templates of managed node groups do)/g;

/** Tests of the rows `name: FILE → what it declares`, or of several files; of several lines each is behind a `+`. */
function declares(strings: TemplateStringsArray, ...files: readonly (string | readonly string[])[]): void {
  it.each(rowsOf(strings, ...files))('declares its nodes and their places with $name', ({ value, expected }) => {
    const lines = [value].flat().flatMap((file) => declaredLines(file));
    expect(lines.join(' + ').replaceAll(usual, '')).toBe(expected);
  });
}

const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by)).trimStart();
const nodeConfig = (kubelet: string): string =>
  `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: ${kubelet}}\n`;
const open = nodeConfig('{config: {readOnlyPort: 10255}}');
const json = JSON.stringify(open);
const call = '/etc/eks/bootstrap.sh a';
const file = '/etc/kubernetes/kubelet/kubelet-config.json';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a file of eksctl', () => {
  const eksctl = (family: string, fields: string, list = 'nodeGroups'): string =>
    `apiVersion: eksctl.io/v1\nkind: ClusterConfig\nmetadata: {version: 1.34}\n${list}: [{name: x, amiFamily: ${family}, ${fields}}]\n`;
  const managed = (family: string, fields: string): string => eksctl(family, fields, 'managedNodeGroups');
  const [al2, al2023, toml] = ['AmazonLinux2', 'AmazonLinux2023', 'Bottlerocket'] as const;

  declares`
    another tool: ${eksctl(al2, '').replace('eksctl.io', 'eksctl.org')} → 
    hexadecimal digits: ${eksctl(al2023, 'kubeletExtraConfig: {readOnlyPort: 0x280f}')} → 4 x self-managed al2023 1.34; readOnlyPort=10255 line 4 | 0x280f
    an alias: ${eksctl(al2023, 'kubeletExtraConfig: {a: &p 1, readOnlyPort: *p, eventRecordQPS: &q 3}')} → 4 x self-managed al2023 1.34; readOnlyPort=1 line 4 | alias; eventRecordQPS=3 line 4 | alias
    no name and no family: ${eksctl(al2023, '').replace(/name:.*,/, '')} → 4 nodeGroups[0] self-managed al2023 1.34; no amiFamily is named: AmazonLinux2023, as eksctl takes it now
    its file on AL2: ${eksctl(al2, 'ami: auto, kubeletExtraConfig: {readOnlyPort: 10255}')} → 4 x self-managed al2 1.34; of Amazon Linux 2, kubeletExtraConfig is not read
    a call behind é: ${eksctl(al2, `ami: static, overrideBootstrapCommand: "# é\\n${call} --kubelet-extra-args '--event-qps=3'"`)} → 4 x self-managed al2 1.34; eventRecordQPS=3 line 4 | encoding
    a script: ${eksctl(al2, `ami: auto-ssm, kubeletExtraConfig: {readOnlyPort: 1}, overrideBootstrapCommand: "#!/bin/bash\\n${call} --kubelet-extra-args --event-qps=3"`)} → 4 x self-managed al2 1.34; eventRecordQPS=3 line 4 | encoding
    a custom AMI: ${eksctl(al2, 'ami: ami-1')} → 4 x self-managed al2 custom eks-adds 1.34; unknown
    settings of Bottlerocket: ${eksctl(toml, 'bottlerocket: {settings: {kubernetes: {event-qps: 3, a: [{b: [1, x]}]}}}')} → 4 x self-managed bottlerocket 1.34; eventRecordQPS=3 line 4 | 3; unknown
    no settings: ${eksctl(toml, '')} → 4 x self-managed bottlerocket 1.34
    a null in them: ${eksctl(toml, 'bottlerocket: {settings: {kubernetes: {event-qps: null}}}')} → 4 x self-managed bottlerocket 1.34; bottlerocket.settings holds a null
    a null in a list: ${eksctl(toml, 'bottlerocket: {settings: {a: [{b: null}]}}')} → 4 x self-managed bottlerocket 1.34; bottlerocket.settings holds a null
    settings that are no map: ${eksctl(toml, 'bottlerocket: {settings: x}')} → 4 x self-managed bottlerocket 1.34; bottlerocket.settings is no map
    another case: ${eksctl(al2023, `overrideBootstrapCommand: ${json.replace('config', 'Config')}`)} → 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not
    another case of the kubelet's: ${eksctl(al2023, `overrideBootstrapCommand: ${json.replace('readOnlyPort', 'KIND')}`)} → 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not
    both: ${eksctl(al2023, `kubeletExtraConfig: {readOnlyPort: 1}, overrideBootstrapCommand: ${json}`)} → 4 x self-managed al2023 1.34; readOnlyPort=10255 line 4 | encoding
    a number as command: ${eksctl(al2023, 'preBootstrapCommands: [3]')} → 4 x self-managed al2023 1.34; preBootstrapCommands or overrideBootstrapCommand is no text
    a map as command: ${eksctl(al2023, 'overrideBootstrapCommand: {a: b}')} → 4 x self-managed al2023 1.34; preBootstrapCommands or overrideBootstrapCommand is no text
    a template that it ignores: ${eksctl(al2023, 'launchTemplate: {id: lt-1}')} → 4 x self-managed al2023 1.34
    an unknown family: ${eksctl('Flatcar', '')} → 4 x self-managed linux custom eks-adds 1.34; it is not known which bootstrap this node has; unknown
    Ubuntu: ${eksctl('Ubuntu2204', `overrideBootstrapCommand: "${call} --kubelet-extra-args '--event-qps=3'"`)} → 4 x self-managed ubuntu 1.34; eventRecordQPS=3 line 4 | 3 | '--event-qps=3'; unknown
    Windows: ${eksctl('WindowsServer2022FullContainer', '')} → 4 x self-managed windows 1.34; what the Windows AMI's own bootstrap sets is not public; unknown
    other extra fields: ${[eksctl(al2023, 'kubeletExtraConfig: {apiVersion: a, kind: b, maxPods: 3}'), eksctl(al2023, 'kubeletExtraConfig: a')]} → 4 x self-managed al2023 1.34; no; eksctl refuses kubeletExtraConfig with kind, apiVersion + 4 x self-managed al2023 1.34
    settings of other forms: ${[eksctl(toml, 'bottlerocket: {settings: {"a b": {"c\\"d": "e\\n"}, kubernetes: {event-qps: 0x3, static-pods: {x: {enabled: yes, manifest: "f"}}, node-taints: {a: ["b", 1, yes]}}}}'), eksctl(toml, 'bottlerocket: {settings: {a: [{b: {c: null}}], d: [[null]]}}'), eksctl(toml, 'bottlerocket: {settings: {kubernetes: {}}}'), eksctl(toml, 'bottlerocket: {settings: null}')]} → 4 x self-managed bottlerocket 1.34; eventRecordQPS=3 line 4 | 0x3 + 4 x self-managed bottlerocket 1.34; bottlerocket.settings holds a null + 4 x self-managed bottlerocket 1.34 + 4 x self-managed bottlerocket 1.34
    a block as value: ${`${eksctl(al2023, '').trimEnd().replace(', }]', '}]')}`.replace(/nodeGroups.*/, 'nodeGroups:\n- name: x\n  kubeletExtraConfig:\n    authorization:\n      mode: >-\n        AlwaysAllow\n    readOnlyPort: !X 3\n')} → 5 x self-managed al2023 1.34; authorization.mode=AlwaysAllow line 8 | block-scalar; readOnlyPort=3 line 10 | encoding; no amiFamily is named: AmazonLinux2023, as eksctl takes it now; eksctl refuses kubeletExtraConfig with authorization
    spellings: ${[eksctl(al2023, `overrideBootstrapCommand: ${JSON.stringify('apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {x: {Config: 1}, kubelet: {config: {Flags: 1, readOnlyPort: 1}}}')}`), ...['apiversion', 'Kind', 'SPEC'].map((key) => eksctl(al2023, `overrideBootstrapCommand: ${JSON.stringify(`${key}: {}`)}`)), ...['Kubelet: {}', 'kubelet: {FLAGS: []}', 'kubelet: {flags: [{Config: 1}]}'].map((text) => eksctl(al2023, `overrideBootstrapCommand: ${JSON.stringify(`spec: {${text}}`)}`)), eksctl(al2, `overrideBootstrapCommand: ${JSON.stringify('# Spec:\nSPEC: a')}`)]} → 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2023 1.34; overrideBootstrapCommand spells fields of NodeConfig in a way that eksctl takes and nodeadm does not + 4 x self-managed al2 1.34; line 3 does more than this file shows: a command that is not known to leave the kubelet alone; unknown
    families and AMIs: ${[...['AmazonLinux2023', 'AmazonLinux2', 'Bottlerocket', 'WindowsServer2019CoreContainer', 'Ubuntu2004', 'AmazonLinux2X', 'XAmazonLinux2023', 'XUbuntu'].map((family) => eksctl(family, '')), ...['auto', 'auto-ssm', 'static', 'autos', 'ami'].map((ami) => eksctl(al2023, `ami: ${ami}`))]} → 4 x self-managed al2023 1.34 + 4 x self-managed al2 1.34 + 4 x self-managed bottlerocket 1.34 + 4 x self-managed windows 1.34; what the Windows AMI's own bootstrap sets is not public; unknown + 4 x self-managed ubuntu 1.34; what Canonical's own bootstrap sets is not public; unknown + 4 x self-managed linux custom eks-adds 1.34; it is not known which bootstrap this node has; unknown + 4 x self-managed linux custom eks-adds 1.34; it is not known which bootstrap this node has; unknown + 4 x self-managed linux custom eks-adds 1.34; it is not known which bootstrap this node has; unknown + 4 x self-managed al2023 1.34 + 4 x self-managed al2023 1.34 + 4 x self-managed al2023 1.34 + 4 x self-managed al2023 custom eks-adds 1.34; unknown + 4 x self-managed al2023 custom eks-adds 1.34; unknown
    commands before others: ${[eksctl(al2, 'preBootstrapCommands: ["mkdir /tmp/é", "export KUBELET_EXTRA_ARGS=--event-qps=3"]'), eksctl(al2023, `preBootstrapCommands: [reboot], overrideBootstrapCommand: ${json}`)]} → 4 x self-managed al2 1.34; line 2 does more than this file shows: a file outside the places that leave the kubelet alone; unknown + 4 x self-managed al2023 1.34; line 2 does more than this file shows: reboot, which may do anything; readOnlyPort=10255 line 4 | encoding; unknown
    another kind, and both lists: ${[eksctl(al2, '').replace('ClusterConfig', 'Cluster'), eksctl(al2, '').replace('nodeGroups', 'managedNodeGroups: [{}]\nnodeGroups')]} → 5 x self-managed al2 1.34 + 4 managedNodeGroups[0] managed al2023 1.34; no amiFamily is named: AmazonLinux2023, as eksctl takes it now
    refused fields: ${eksctl(al2023, 'kubeletExtraConfig: {serverTLSBootstrap: false, authorization: {}, authentication: {}, clusterDomain: a, address: a}')} → 4 x self-managed al2023 1.34; serverTLSBootstrap=false line 4 | false; eksctl refuses kubeletExtraConfig with address, clusterDomain, authentication, authorization, serverTLSBootstrap
    a managed AL2: ${managed(al2, 'preBootstrapCommands: [mkdir /tmp/x, "#!/bin/sh\\nmkdir /tmp/y"]')} → 4 x managed al2 1.34
    a managed AL2 with a command: ${managed(al2, 'preBootstrapCommands: [mkdir /tmp/x], overrideBootstrapCommand: mkdir /tmp/x')} → 4 x managed al2 1.34
    two calls: ${managed(al2, `overrideBootstrapCommand: ${call}`)} → 4 x managed al2 1.34; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows
    a managed custom AMI: ${managed(al2, `ami: ami-1, preBootstrapCommands: ["${call} --kubelet-extra-args --event-qps=2"]`)} → 4 x managed al2 custom eks-adds 1.34; eventRecordQPS=? line 4 | 2 | --event-qps=2; unknown
    the same with a command: ${managed(al2, `ami: ami-1, overrideBootstrapCommand: ${call} --kubelet-extra-args --event-qps=3`)} → 4 x managed al2 custom eks-adds 1.34; eventRecordQPS=? line 4 | 3 | --event-qps=3; unknown
    a template: ${managed(al2023, 'launchTemplate: {id: lt-1}')} → 4 x managed al2023 1.34; its user data is in the launch template that the file names; judge what aws ec2 describe-launch-template-versions prints of it
    nulls: ${managed(al2023, 'launchTemplate: null, overrideBootstrapCommand: null, kubeletExtraConfig: null')} → 4 x managed al2023 1.34
    a refused field: ${managed(al2023, 'kubeletExtraConfig: {maxPods: 3}')} → 4 x managed al2023 1.34; eksctl has no kubeletExtraConfig for a managed node group, and refuses the file
  `;
});

describe('a node class of Karpenter', () => {
  const nodeClass = (spec: string, userData?: string): string =>
    `apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: k}\nspec:\n  ${indented(spec, 2)}\n${userData === undefined ? '' : `  userData: |\n    ${indented(userData, 4)}\n`}`;
  const of = (family: string, userData?: string, more = ''): string =>
    nodeClass(`amiSelectorTerms: [{alias: ${family}@latest}]\n${more}`, userData);
  const toml = (text: string): string => of('bottlerocket', text);
  const typed =
    'clusterDNS cpuCFSQuota evictionHard evictionMaxPodGracePeriod evictionSoft evictionSoftGracePeriod imageGCHighThresholdPercent imageGCLowThresholdPercent kubeReserved maxPods podsPerCore systemReserved';
  const selected = (term: string): string => nodeClass(`amiFamily: AL2023\namiSelectorTerms: [{${term}}]`, open);
  const pool = 'kind: NodePool\nmetadata: {name: p}\nspec: {template: {spec: {nodeClassRef: {name: c}}}}';
  const pools = [pool, 'kind: NodePool', pool.replace('NodePool', 'NodeClaim'), pool.replace('metadata', 'other')];

  declares`
    spec.kubelet behind user data: ${of('al2023', open, 'kubelet: {readOnlyPort: 0, maxPods: 3}')} → 1 k karpenter al2023; readOnlyPort=0 line 6 | 0; spec.kubelet has fields (readOnlyPort) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them
    flags, which win: ${of('al2023', nodeConfig('{flags: ["--read-only-port=10255"]}'), 'kubelet: {maxPods: 3}')} → 1 k karpenter al2023; readOnlyPort=10255 line 10 | 10255 | "--read-only-port=10255"
    a family: ${nodeClass('amiFamily: AL2023', open)} → 1 k karpenter al2023; readOnlyPort=10255 line 9 | 10255 | readOnlyPort: 10255
    an AMI by id: ${selected('id: ami-1')} → 1 k karpenter al2023 custom eks-adds; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; unknown
    a second term: ${selected('alias: al2023@v1}, {id: ami-1')} → 1 k karpenter al2023 custom eks-adds; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; unknown
    a parameter of AWS: ${selected('ssmParameter: /aws/service/eks/optimized-ami/1.34/x')} → 1 k karpenter al2023; readOnlyPort=10255 line 10 | 10255 | readOnlyPort: 10255
    a parameter of others: ${selected('ssmParameter: /own/aws/service/eks/optimized-ami/1.34/x')} → 1 k karpenter al2023 custom eks-adds; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; unknown
    the family Custom: ${nodeClass('amiFamily: Custom\nkubelet: {maxPods: 3}', open)} → 1 k karpenter al2023 custom whole; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; no; Karpenter does not apply spec.kubelet to the AMI family Custom
    nothing: ${nodeClass('amiFamily: Custom').replace('name: k', '')} → 1 (no name) karpenter linux custom whole; it is not known which bootstrap this node has; unknown
    a list as user data: ${of('al2023', undefined, 'userData: [a]')} → 1 k karpenter al2023; spec.userData is no text
    null as user data: ${of('al2023', undefined, 'userData: null')} → 1 k karpenter al2023
    too long user data: ${of('al2023', 'x'.repeat(64 * 1024))} → 1 k karpenter al2023; spec.userData is longer than any user data that EC2 takes
    the longest user data: ${of('al2023', 'x'.repeat(64 * 1024 - 1))} → 1 k karpenter al2023; line 1 does more than this file shows: a command that is not known to leave the kubelet alone; unknown
    a carriage return: ${of('al2023', undefined, 'userData: "a\\rb"')} → 1 k karpenter al2023; spec.userData has a carriage return alone, which Karpenter takes out
    line ends of Windows: ${of('al2023', undefined, `userData: ${json.replaceAll('\\n', '\\r\\n')}`)} → 1 k karpenter al2023; readOnlyPort=10255 line 6 | encoding
    a null in a map: ${of('al2023', open, 'kubelet: {evictionHard: {a: null}}')} → 1 k karpenter al2023; spec.kubelet has a null, which the API server may drop
    a null in a list: ${of('al2023', open, 'kubelet: {clusterDNS: [null]}')} → 1 k karpenter al2023; spec.kubelet has a null, which the API server may drop
    base64, which no node decodes: ${of('al2023', base64(open))} → 1 k karpenter al2023
    comments, which are a NodeConfig: ${of('al2023', '# nothing')} → 1 k karpenter al2023; nodeadm cannot read the user data, it is no NodeConfig of node.eks.aws/v1alpha1; no
    AL2: ${of('al2', 'export KUBELET_EXTRA_ARGS=--event-qps=3')} → 1 k karpenter al2
    Windows: ${of('windows2022', 'x -KubeletExtraArgs "--event-qps=3"')} → 1 k karpenter windows; eventRecordQPS=3 line 8 | 3 | --event-qps=3; unknown
    TOML: ${toml('[settings.kubernetes]\nevent-qps = 3')} → 1 k karpenter bottlerocket; eventRecordQPS=3 line 9 | 3 | event-qps = 3
    standalone-mode, which is dropped: ${toml('settings.kubernetes.standalone-mode = true')} → 1 k karpenter bottlerocket
    a dropped key and another: ${toml('[settings]\nkubernetes.server-key = "x\\ny"\nkubernetes.event-qps = 4')} → 1 k karpenter bottlerocket; eventRecordQPS=4 line 10 | 4 | event-qps = 4
    keys of other tables: ${toml('[settings.kubernetes.node-labels]\na = "b"\n[other.kubernetes]\nfoo = 1')} → 1 k karpenter bottlerocket
    an inline table: ${toml('settings.kubernetes = {standalone-mode = true, event-qps = 5}')} → 1 k karpenter bottlerocket; eventRecordQPS=5 line 8 | 5 | event-qps = 5
    an inline table that is kept: ${toml('settings.kubernetes = {event-qps = 5}')} → 1 k karpenter bottlerocket; eventRecordQPS=5 line 8 | 5 | event-qps = 5
    an inline table above: ${toml('settings = {kubernetes = {standalone-mode = true}}')} → 1 k karpenter bottlerocket
    no TOML: ${toml('a = = 1')} → 1 k karpenter bottlerocket; Bottlerocket does not take the user data: the user data is no TOML, line 1; no
    six open fields: ${of('al2023', undefined, 'kubelet: {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}')} → 1 k karpenter al2023; spec.kubelet has fields (a, b, c, d, e) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them
    an open field, which is refused: ${of('bottlerocket', undefined, 'kubelet: {eventRecordQPS: 5}')} → 1 k karpenter bottlerocket; Karpenter takes eventRecordQPS of spec.kubelet for AL2023 only, and makes no node of this class
    families and parameters: ${[...['AL2', 'AL2023', 'Bottlerocket', 'Windows2019', 'Windows2022', 'Ubuntu', 'AL2X', 'XAL2023', 'AL2023X', 'BottlerocketX', 'XWindows'].map((family) => nodeClass(`amiFamily: ${family}`)), ...['bottlerocket/', 'ami-windows-latest/', 'eks/optimized-ami', 'ec2/'].map((name) => selected(`ssmParameter: /aws/service/${name}x`))]} → 1 k karpenter al2 + 1 k karpenter al2023 + 1 k karpenter bottlerocket + 1 k karpenter windows; what the Windows AMI's own bootstrap sets is not public; unknown + 1 k karpenter windows; what the Windows AMI's own bootstrap sets is not public; unknown + 1 k karpenter ubuntu; what Canonical's own bootstrap sets is not public; unknown + 1 k karpenter linux custom whole; it is not known which bootstrap this node has; unknown + 1 k karpenter linux custom whole; it is not known which bootstrap this node has; unknown + 1 k karpenter linux custom whole; it is not known which bootstrap this node has; unknown + 1 k karpenter linux custom whole; it is not known which bootstrap this node has; unknown + 1 k karpenter linux custom whole; it is not known which bootstrap this node has; unknown + 1 k karpenter al2023; readOnlyPort=10255 line 10 | 10255 | readOnlyPort: 10255 + 1 k karpenter al2023; readOnlyPort=10255 line 10 | 10255 | readOnlyPort: 10255 + 1 k karpenter al2023 custom eks-adds; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; unknown + 1 k karpenter al2023 custom eks-adds; readOnlyPort=? line 10 | 10255 | readOnlyPort: 10255; unknown
    fields that are known: ${[of('al2023', undefined, `kubelet: {${typed.replaceAll(' ', ': 1, ')}: 1}`), of('al2', undefined, 'kubelet: {maxPods: 3}'), of('al2', undefined, 'kubelet: {readOnlyPort: 3, a: 1}')]} → 1 k karpenter al2023; no + 1 k karpenter al2 + 1 k karpenter al2; Karpenter takes readOnlyPort, a of spec.kubelet for AL2023 only, and makes no node of this class
    user data of other forms: ${[of('al2023', undefined, 'userData: 3'), of('al2023', `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: application/node.eks.aws\n\n${open}--B--`), of('al2', `Content-Type: multipart/mixed; boundary="B"\n\n--B\n\n#!/bin/sh\n--B--`)]} → 1 k karpenter al2023; spec.userData is no text + 1 k karpenter al2023; readOnlyPort=10255 line 16 | 10255 | readOnlyPort: 10255 + 1 k karpenter al2
    classes without a family: ${[nodeClass('amiSelectorTerms: [{id: a}, {alias: al2@latest}]'), nodeClass('kubelet: {maxPods: 3}', '#!/bin/bash\n/etc/eks/bootstrap.sh c'), 'apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\n', ...['karpenter.k8s.aws', 'xkarpenter.sh/v1', 'karpenter.shx/v1', 'karpenterxsh/v1', 'karpenter.k8sxaws/v1'].map((group) => `apiVersion: ${group}\nkind: EC2NodeClass\n`)]} → 1 k karpenter al2 custom eks-adds; unknown + 1 k karpenter al2 custom whole; unknown; Karpenter does not apply spec.kubelet to the AMI family Custom + 1 (no name) karpenter linux custom whole; it is not known which bootstrap this node has; unknown
    other tables of TOML: ${[toml('[settings.kubernetes]\nevent-qps = 3 # x\nfoo = """\na"""\n[settings.kubernetes.bar]\nb = 1'), toml('[settings.kernel]\nfoo = 1\n[settings]\nkubernetes.event-qps = 4\nmotd = "x"'), toml('["settings"."kubernetes"]\n"event-qps" = 3\n"foo" = 1'), toml('settings.kubernetes.foo = {event-qps = 5}\nsettings.kubernetes.event-qps = 6'), toml('settings = {kubernetes = {event-qps = 5, node-labels = {a = "b"}}, motd = "x"}')]} → 1 k karpenter bottlerocket; eventRecordQPS=3 line 9 | 3 | event-qps = 3 + 1 k karpenter bottlerocket; eventRecordQPS=4 line 11 | 4 | event-qps = 4 + 1 k karpenter bottlerocket; eventRecordQPS=3 line 9 | 3 | "event-qps" = 3 + 1 k karpenter bottlerocket; eventRecordQPS=6 line 8 + 1 k karpenter bottlerocket; eventRecordQPS=5 line 8 | 5 | event-qps = 5
    node pools: ${pools.map((each) => `apiVersion: karpenter.sh/v1\n${each}\n`).join('---\n')} → 1 p of c + 14 (no name) of c
  `;
});

describe('a template of CloudFormation', () => {
  const template = (userData: string, more = ''): string =>
    `Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n        ${more}\n        UserData: ${userData}\n`;
  const fn = (text: string): string => template(`{Fn::Base64: ${text}}`);
  const sub = (text: string): string => fn(`!Sub ${JSON.stringify(text)}`);
  const subbed = (kubelet: string): string => sub(nodeConfig(kubelet));
  const withPart = (type: string, body: string): string =>
    sub(
      `Content-Type: multipart/x; boundary="B"\n\n--B\nContent-Type: Application/node.eks.aws\n\n${open}--B\ncontent-type: ${type}\n\n${body}\n--B--\n`,
    );
  const toml = (lines: string): string => sub(`[settings.kubernetes]\n${lines}\n`);
  const group = (properties: string): string => `  G: {Type: "AWS::EKS::Nodegroup", Properties: {${properties}}}\n`;
  const alone = (properties: string): string => `Resources:\n${group(properties)}`;
  const used = (reference: string): string => `${fn(json)}${group(`LaunchTemplate: {${reference}}`)}`;
  const dataOf = (text: string): string =>
    template('a').replace(/LaunchTemplateData:.*/s, `LaunchTemplateData: ${text}\n`);

  declares`
    a parameter in another flag: ${subbed('{config: {readOnlyPort: 1}, flags: ["--v=${V}"]}')} → 3 T managed al2023; readOnlyPort=1 line 7 | encoding
    a parameter in a judged flag: ${subbed('{flags: ["--read-only-port=${P}", --event-qps=3]}')} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    a parameter in a flag of files: ${subbed('{flags: ["--config=${P}"]}')} → 3 T managed al2023; a value that only the deployment knows decides about it; unknown
    a parameter beside a flag: ${subbed('{flags: ["--v=${V} --read-only-port=10255"]}')} → 3 T managed al2023; a value that only the deployment knows decides about it; unknown
    parameters in flags: ${[...['--v=a${V}b', 'x--v=${V}', '--V=${V}', '--v ${V}', "--v='${V}'", '--v=a ${V}', '--config-dir=${V}', '${V}', '--v=${V}"'].map((flag) => subbed(`{flags: [${JSON.stringify(flag)}, --event-qps=3]}`)), subbed('{flags: ["--feature-gates=${G}", --event-qps=3]}')]} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; a value that only the deployment knows decides about it; unknown + 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    a parameter in a value: ${subbed('{config: {readOnlyPort: "${P}", eventRecordQPS: 3}}')} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    a parameter above a value: ${subbed('{config: {authentication: ["${P}"], eventRecordQPS: 3}}')} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    a parameter below a value: ${subbed('{config: {readOnlyPort: [{"a${P}": 1}], eventRecordQPS: 3}}')} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    a parameter as a key: ${subbed('{config: {"${K}": 1, eventRecordQPS: 3}}')} → 3 T managed al2023; a value that only the deployment knows decides about it; unknown
    a parameter as the kind: ${subbed('{config: {kind: "${K}", eventRecordQPS: 3}}')} → 3 T managed al2023; a value that only the deployment knows decides about it; unknown
    a parameter as a map: ${subbed('{config: "${K}"}')} → 3 T managed al2023; spec.kubelet.config is known to the deployment only; this program does not follow what nodeadm makes of it; unknown
    parameters in single quotes: ${["x -KubeletExtraArgs '--client-ca-file=${C}' # Start-EKSBootstrap", "/etc/eks/bootstrap.sh c --kubelet-extra-args '--event-qps=3 --v=${V}' # kubelet-eks"].map((call) => sub(`#!/bin/bash\n${call}\n`))} → 3 T managed windows; what the Windows AMI's own bootstrap sets is not public; unknown + 3 T managed ubuntu; what Canonical's own bootstrap sets is not public; unknown
    parameters in single quotes of AL2: ${["/etc/eks/bootstrap.sh c --kubelet-extra-args '--client-ca-file=${C}'", '/etc/eks/bootstrap.sh c --kubelet-extra-args "--client-ca-file=\\${C}"', `echo "$(jq '.authentication.x509.clientCAFile="${'${C}'}"' ${file})" > ${file}`, `jq '.kind="${'${C}'}"' ${file} > /tmp/x`, "mkdir '/tmp/${X}'"].map((line) => sub(`#!/bin/bash\n${line} # /etc/eks/bootstrap.sh\n`.replace(`> ${file} #`, `> ${file}\n#`)))} → 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows + 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows + 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows + 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows + 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows
    a parameter in a script: ${sub('#!/bin/bash\nmkdir /tmp/x ${X}\n/etc/eks/bootstrap.sh c\n')} → 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows
    a parameter beside a NodeConfig: ${withPart('text/x-shellscript', 'echo ${X}')} → 3 T managed al2023; part 2, line 1 does more than this file shows: a value that only the deployment knows; readOnlyPort=10255 line 7 | encoding; unknown
    a parameter among arguments: ${withPart('text/x-shellscript', 'mkdir ${X}')} → 3 T managed al2023; part 2, line 1 does more than this file shows: a value that only the deployment knows; readOnlyPort=10255 line 7 | encoding; unknown
    a parameter that may be a script: ${withPart('text/plain', '${X}')} → 3 T managed al2023; part 2, line 1 does more than this file shows: a text that only the deployment knows; readOnlyPort=10255 line 7 | encoding; unknown
    a parameter in quotes of TOML: ${toml('# ${X}\ncluster-name = "${C}" # ${X}\nevent-qps = 3')} → 3 T managed bottlerocket; eventRecordQPS=3 line 7 | encoding
    a parameter in TOML: ${toml('event-qps = ${X}')} → 3 T managed linux; a value that only the deployment knows decides about it
    a parameter that is all: ${fn('!Ref X')} → 3 T managed linux; a value that only the deployment knows decides about it
    a parameter at the beginning: ${sub(' ${X}\nexport KUBELET_EXTRA_ARGS=1')} → 3 T managed linux; a value that only the deployment knows decides about it
    a parameter in a part: ${sub(`Content-Type: multipart/x; boundary="B"\n\n--B\nContent-Type:\tapplication/node.eks.aws; a=b\n\n${nodeConfig('{config: {readOnlyPort: "${P}", eventRecordQPS: 3}}')}--B--\n`)} → 3 T managed al2023; eventRecordQPS=3 line 7 | encoding
    parameters in TOML: ${[toml('  # ${X}\n"cluster-name"="${C}"# ${X}\n  cluster.api-server = "${C}"   \nevent-qps = 3'), toml('cluster-name = "a" ${X}'), toml('"a${X}" = "b"'), toml("cluster-name = '${X}'"), toml('a = [\n"${X}"]')]} → 3 T managed bottlerocket; eventRecordQPS=3 line 7 | encoding; unknown + 3 T managed linux; a value that only the deployment knows decides about it + 3 T managed linux; a value that only the deployment knows decides about it + 3 T managed linux; a value that only the deployment knows decides about it + 3 T managed linux; a value that only the deployment knows decides about it
    literals: ${[subbed('{config: {authentication: {x509: {clientCAFile: "/${!A}/${!B}x"}}}}'), subbed('{flags: ["--v=${V}"], config: {authentication: {x509: {clientCAFile: "/${!A}"}}}}'), subbed('{config: {authentication: {x509: {clientCAFile: "/${a{b}}"}}}}')]} → 3 T managed al2023; authentication.x509.clientCAFile=/\${A}/\${B}x line 7 | encoding + 3 T managed al2023; authentication.x509.clientCAFile=/\${A} line 7 | encoding + 3 T managed al2023; authentication.x509.clientCAFile=/\${a{b}} line 7 | encoding
    variables of functions and lists: ${[fn(`!Sub [${json.replace('10255', '${P}')}, {P: !Join ["", ["3", !Sub "4"]]}]`), fn(`!Sub [${json.replace('10255', '${P}')}, {P: [3]}]`)]} → 3 T managed al2023; readOnlyPort=34 line 7 | encoding + 3 T managed al2023
    sizes of templates: ${[sub(`#${'${A}'.repeat(2001)}`), sub(`#${'${A}'.repeat(1000)}`), sub('#'.repeat(64 * 1024 + 1)), sub('#'.repeat(64 * 1024))]} → 3 T managed linux; too many values of it are known to the deployment only + 3 T managed linux; it is not known which bootstrap this node has; unknown + 3 T managed linux; its user data is longer than any that EC2 takes + left out: T
    joins of other things: ${[fn('!Join ["", ["#", 3]]'), fn(`!Join ["\\n", [!Join ["", ["#", "x"]], ${json}, ""]]`), fn('!Join ["", !Split [",", "#a,b"]]'), fn('!Join [!Ref A, ["#", "b"]]')]} → 3 T managed linux; its UserData is neither a text nor a function that makes one + 3 T managed al2023; readOnlyPort=10255 line 7 | encoding + 3 T managed linux; a value that only the deployment knows decides about it + left out: T
    a literal: ${subbed('{config: {readOnlyPort: 1, a: "${!A}"}}')} → 3 T managed al2023; readOnlyPort=1 line 7 | encoding
    its own variable: ${fn(`!Sub [${json.replace('10255', '${ P }')}, {P: "3"}]`)} → 3 T managed al2023; readOnlyPort=3 line 7 | encoding
    its own variable of a parameter: ${fn(`!Sub [${json.replace('10255', '${P}')}, {P: !Ref Q}]`)} → 3 T managed al2023
    nothing to substitute: ${fn('!Sub [{a: b}]')} → 3 T managed linux; its Fn::Sub has no text
    joined lines: ${fn(`!Join ["\\n", ["${open.trim().split('\n').join('", "')}"]]`)} → 3 T managed al2023; readOnlyPort=10255 line 7 | 10255 | readOnlyPort: 10255
    a joined empty text: ${fn(`!Join ['', ["", ${json}]]`)} → 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    a joined parameter: ${fn(`!Join ["", ["#!/bin/bash\\n${call} ", !Ref C]]`)} → 3 T managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows
    a joined list that is a parameter: ${fn('!Join ["", !Ref List]')} → 3 T managed linux; a value that only the deployment knows decides about it
    no separator: ${fn('!Join [[], [a]]')} → 3 T managed linux; its Fn::Join has no separator
    no function: ${fn('{a: b}')} → 3 T managed linux; its UserData is neither a text nor a function that makes one
    two functions: ${fn('{Ref: b, Fn::Sub: a}')} → 3 T managed linux; its UserData is neither a text nor a function that makes one
    a text: ${fn(json)} → 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    a text in short form: ${template(`!Base64 ${json}`)} → 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    base64: ${template(base64(open))} → 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    bytes in base64: ${template('H4sI')} → 3 T managed linux; it is not known which bootstrap this node has; unknown
    no base64: ${template('"a*"')} → 3 T managed linux; its user data is no base64
    a condition: ${template('{Fn::If: [A, {Fn::Base64: x}, {Fn::Base64: y}]}')} → 3 T managed linux; its UserData is made by an intrinsic function
    a tag: ${template('!Ref X')} → 3 T managed linux; its UserData is made by an intrinsic function
    no user data: ${template('null')} → left out: T
    a reference: ${used('Id: !Ref T')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    a long reference: ${used('Id: {Ref: T}')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    an attribute: ${used('Id: !GetAtt T.LaunchTemplateId')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    an attribute in a list: ${used('Id: !GetAtt [T, LaunchTemplateId]')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    a long attribute: ${used('Name: {Fn::GetAtt: T.X}')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    a long attribute in a list: ${used('Id: {Fn::GetAtt: [T, X]}')} → 8 G managed al2023; readOnlyPort=10255 line 7 | encoding; its launch template is T
    a template elsewhere: ${used('Id: lt-1')} → 8 G managed al2023; its launch template is not in this file, or only the deployment knows which one it is; no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on + 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    an AMI: ${template(base64(open), 'ImageId: ami-1') + group('AmiType: AL2023_x, LaunchTemplate: {Id: !Ref T}')} → 8 G managed al2023 custom whole; readOnlyPort=? line 7 | encoding; no; its launch template is T
    AMIs of groups: ${[template(base64('x'), 'ImageId: ami-1') + group('LaunchTemplate: {Id: !Ref T}'), template('null', 'ImageId: ami-1') + group('AmiType: AL2_x, LaunchTemplate: {Id: !Ref T}'), template(base64('#!/bin/bash\necho KUBELET_EXTRA_ARGS'), 'ImageId: ami-1'), template('H4sI') + group('AmiType: AL2023_x, LaunchTemplate: {Id: !Ref T}')]} → 8 G managed linux custom whole; it is not known which bootstrap this node has; unknown; its launch template is T + 8 G managed al2 custom whole; no; its launch template is T + 3 T self-managed al2 custom whole; no + 8 G managed al2023; nodeadm cannot read the user data, a gzip that is broken; no; its launch template is T
    an AMI alone: ${template(base64(open), 'ImageId: ami-1')} → 3 T self-managed al2023 custom whole; readOnlyPort=? line 7 | encoding; no
    a condition of the data: ${dataOf('!If [A, {}, {}]')} → 3 T managed linux; a condition of the template decides about it
    a long condition of the data: ${dataOf('{"Fn::If": []}')} → 3 T managed linux; a condition of the template decides about it
    a launch configuration: ${fn(json).replace('EC2::LaunchTemplate', 'AutoScaling::LaunchConfiguration').replace('      LaunchTemplateData:\n', '')} → 3 T managed al2023; readOnlyPort=10255 line 6 | encoding
    a custom type: ${alone('AmiType: CUSTOM, Version: 1.34')} → 2 G managed linux custom whole 1.34; it is not known which bootstrap this node has; unknown
    a parameter as type: ${alone('AmiType: !Ref A')} → 2 G managed linux custom whole; it is not known which bootstrap this node has; unknown
    no type: ${alone('')} → 2 G managed al2023; no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on
    AL2: ${alone('AmiType: AL2_x86_64')} → 2 G managed al2
    Windows: ${alone('AmiType: WINDOWS_CORE_2022_x86_64')} → 2 G managed windows; what the Windows AMI's own bootstrap sets is not public; unknown
    base64 of other forms: ${[template('""'), template(`"${base64(open).replace(/.{20}/g, '$& ')}"`), ...['QQ=', 'QQ', 'QQ===', 'QUI', '=QQ=', 'QQ==QQ=='].map((text) => template(text)), template(`"${'I'.repeat(87_380)}"`), template(`"${'I'.repeat(87_384)}"`), template('[a]')]} → left out: T + 3 T managed al2023; readOnlyPort=10255 line 7 | encoding + 3 T managed linux; its user data is no base64 + 3 T managed linux; its user data is no base64 + 3 T managed linux; its user data is no base64 + 3 T managed linux; its user data is no base64 + 3 T managed linux; its user data is no base64 + 3 T managed linux; its user data is no base64 + 3 T managed linux; it is not known which bootstrap this node has; unknown + 3 T managed linux; its user data is longer than any that EC2 takes + 3 T managed linux; its user data is no text
    other types: ${[alone('AmiType: BOTTLEROCKET_x86_64'), ...['AL2023', 'AL3_x', 'XAL2_x', 'XBOTTLEROCKET_x', 'WINDOWS', 'XWINDOWS_x', 'XAL2023_x'].map((type) => alone(`AmiType: ${type}`))]} → 2 G managed bottlerocket + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown + 2 G managed linux; it is not known which bootstrap this node has; unknown
    templates of AL2: ${[template(base64('#!/bin/bash\n/etc/eks/bootstrap.sh c'), 'ImageId: ami-1') + group('AmiType: CUSTOM, LaunchTemplate: {Id: !Ref T}'), template(base64('#!/bin/bash\necho KUBELET_EXTRA_ARGS')), template(base64('#!/bin/bash\necho KUBELET_EXTRA_ARGS')) + group('LaunchTemplate: {Id: !Ref T}')]} → 8 G managed al2 custom whole; unknown; its launch template is T + 3 T managed al2 + 8 G managed al2; its launch template is T
    resources of others: ${['Resources:\n  A: {Type: "XAWS::X"}\n', ...['Custom::X', 'Alexa::X'].map((type) => `Resources:\n  A: {Type: "${type}"}\n  Fn::X: {}\n`), 'AWSTemplateFormatVersion: x\n', used('Id: !Ref [T]')]} → what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + 3 Fn::X self-managed linux custom whole; a function of the template makes these resources, and may make nodes + 3 Fn::X self-managed linux custom whole; a function of the template makes these resources, and may make nodes + 8 G managed al2023; its launch template is not in this file, or only the deployment knows which one it is; no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on + 3 T managed al2023; readOnlyPort=10255 line 7 | encoding
    a loop: ${'Resources:\n  A: {Type: "AWS::X"}\n  Fn::ForEach::Nodes: [A, [b], {}]\n'} → 3 Fn::ForEach::Nodes self-managed linux custom whole; a function of the template makes these resources, and may make nodes
  `;
});

describe('a plan of Terraform', () => {
  const of = (type: string, values: object, more: object = {}) => ({ address: type, type, name: 'a', values, ...more });
  const template = (values: object, more: object = {}) => of('aws_launch_template', values, more);
  const group = (values: object, more: object = {}) =>
    of('aws_eks_node_group', { ami_type: 'AL2023_x86_64_STANDARD', ...values }, more);
  const planOf = (root_module: object, more: object): string =>
    JSON.stringify({ format_version: '1.2', planned_values: { root_module }, ...more });
  const plan = (...resources: readonly object[]): string => planOf({ resources }, {});
  const later = (unknown: object, ...resources: readonly [{ readonly address: string }, ...object[]]): string => {
    const change = { address: resources[0].address, change: { after_unknown: unknown } };
    return planOf({ resources }, { resource_changes: [{ change: {} }, change] });
  };
  const referring = (references: readonly string[], name = 'a') => ({
    resources: [{ type: 'aws_eks_node_group', name, expressions: { launch_template: [{ id: { references } }] } }],
  });
  const configured = (root_module: object, ...resources: readonly object[]): string =>
    planOf({ resources }, { configuration: { root_module } });
  const data = { user_data: base64(open) };
  const uses = (reference: object = {}) => group({ launch_template: [reference] });
  const other = template({}, { address: 'other', name: 'b' });
  const top = { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', metadata: { name: 'k' } };
  const nodeClass = { ...top, spec: { amiFamily: 'AL2023', userData: open } };
  const applied = (yaml_body: string): string => plan(of('kubectl_manifest', { yaml_body }));
  const at = (index: string) => ({ address: `t["${index}"]` });
  const a = referring(['aws_launch_template.a.id']);
  const below = (name: string, more: object = {}) => ({ address: `module.m["k"].${name}`, ...more });
  const module = [
    template(data, below('t')),
    template({}, below('u', { name: 'b' })),
    group({ launch_template: [{}] }, below('n')),
  ];
  const called = { configuration: { root_module: { module_calls: { m: { module: a } } } } };
  const inModule = planOf(
    { resources: [other], child_modules: [{ address: 'module.m["k"]', resources: module }] },
    called,
  );

  declares`
    no template: ${plan(group({ launch_template: [] }))} → 1 aws_eks_node_group managed al2023
    a template elsewhere: ${plan(group({ version: '1.34', launch_template: [{ id: 'lt-1' }] }))} → 1 aws_eks_node_group managed al2023 1.34; its launch template is not in this file, or only the deployment knows which one it is
    an id: ${plan(template({ id: 'lt-1', ...data }), uses({ id: 'lt-1' }))} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template
    another id: ${plan(template({ id: 'lt-1', ...data }), uses({ id: 'lt-2' }))} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
    a name: ${plan(template({ name: 'n', ...data }), other, uses({ name: 'n' }))} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + left out: other
    two of a name: ${plan(template({ name: 'n' }), template({ name: 'n' }, { address: 'b' }), uses({ name: 'n' }))} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + left out: aws_launch_template + left out: b
    the only template: ${plan(template(data), uses())} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template
    one of two: ${plan(template(data), other, uses())} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding + left out: other
    a reference: ${configured(a, template(data), other, uses())} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + left out: other
    a reference elsewhere: ${configured(referring(['aws_launch_template.b.id']), template(data), uses())} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
    a reference of another group: ${configured(referring(['aws_launch_template.a.id'], 'b'), template(data), other, uses())} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding + left out: other
    an index: ${configured(referring(['aws_launch_template.a["x"].id']), template({}, at('y')), template(data, at('x')), { ...uses(), address: 'n["x"]' })} → 1 n["x"] managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is t["x"] + left out: t["y"]
    indexes of numbers: ${[configured(referring(['aws_launch_template.a[0].id']), template({}, { address: 't[0]' }), template(data, { address: 't[1]' }), { ...uses(), address: 'n[1]' }), configured(referring(['aws_launch_template.a[0].id']), template({}, { address: 't[0]' }), template({}, { address: 't[1]' }), { ...uses(), address: 'n[2]' })]} → 1 n[1] managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is t[1] + left out: t[0] + 1 n[2] managed al2023; its launch template is not in this file, or only the deployment knows which one it is + left out: t[0] + left out: t[1]
    modules in modules: ${[planOf({ child_modules: [{ address: 'module.a["x"]', child_modules: [{ address: 'module.a["x"].module.b[0]', resources: [template(data, { address: 't' }), template({}, { address: 'u', name: 'b' }), uses()] }] }] }, { configuration: { root_module: { module_calls: { a: { module: { module_calls: { b: { module: a } } } } } } } }), planOf({ child_modules: [{ resources: [template(data)] }], resources: [uses()] }, {})]} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is t + left out: u + 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template
    references to others: ${[...[['data.aws_launch_template.a.id'], ['aws_launch_templates.a'], ['aws_launch_configuration.a.id', 3], []].map((references) => configured(referring(references as string[]), template(data), uses())), configured({ resources: [{ type: 'aws_eks_node_group', name: 'a', expressions: { launch_template: { x: [[{ y: 'aws_launch_template.a["z"]' }]] } } }] }, template(data), other, uses()), configured({ resources: [{ type: 'aws_eks_node_group', name: 'a', expressions: { other: 'aws_launch_template.a' } }] }, template(data), other, uses())]} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding + 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + left out: other + 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding + left out: other
    a class and a pool in YAML: ${applied(`\n${JSON.stringify(nodeClass)}\n---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: p}\nspec: {template: {spec: {nodeClassRef: {name: k}}}}\n`)} → 1 k karpenter al2023; readOnlyPort=10255 nowhere + 1 p of k
    plans of nothing: ${[...[{ format_version: '1', resource_changes: [] }, { format_version: '1', values: {} }, { format_version: '1', planned_values: {} }, { format_version: '1' }, { planned_values: {} }].map((each) => JSON.stringify(each)), plan({ address: 'a', values: data }, { type: 'aws_launch_template', values: data }, of('aws_launch_templates', data))]} → what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    later base64: ${[later({ user_data_base64: true }, of('aws_launch_configuration', {})), later({ user_data_base64: true }, template(data)), later({ user_data: { a: [{ b: true }] } }, template(data)), later({ user_data: { a: [{ b: 'true' }] } }, template(data))]} → 1 aws_launch_configuration managed linux; its user data is known after terraform apply only + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding + 1 aws_launch_template managed linux; its user data is known after terraform apply only + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
    an unknown type: ${plan(group({ ami_type: 'AL9_x' }))} → 1 aws_eks_node_group managed linux; it is not known which bootstrap this node has; unknown
    names and ids: ${[plan(template({ name: 'n', ...data }), uses({ name: 'm' })), plan(template({ id: 'i', name: 'n', ...data }), template({ id: 'j', name: 'm' }, { address: 'b' }), uses({ id: 'j', name: 'm' }))]} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template + 1 aws_eks_node_group managed al2023; its launch template is b + 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
    a module: ${inModule} → 1 module.m["k"].n managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is module.m["k"].t + left out: other + left out: module.m["k"].u
    later user data: ${later({ user_data: true }, template({}), group({}))} → 1 aws_eks_node_group managed al2023; its user data is known after terraform apply only; its launch template is aws_launch_template
    a later AMI: ${later({ image_id: true }, template(data))} → 1 aws_launch_template self-managed al2023 custom whole; readOnlyPort=? line 1 | encoding; no
    other later values: ${later({ image_id: false, tags: [true] }, template(data))} → 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
    a later template: ${later({ launch_template: [{ id: true }] }, group({}), template(data))} → 1 aws_eks_node_group managed al2023; readOnlyPort=10255 line 1 | encoding; its launch template is aws_launch_template
    a later template that is not here: ${later({ launch_template: true }, group({}))} → 1 aws_eks_node_group managed al2023; its launch template is not in this file, or only the deployment knows which one it is
    an AMI: ${plan(template({ image_id: 'ami-1', ...data }))} → 1 aws_launch_template self-managed al2023 custom whole; readOnlyPort=? line 1 | encoding; no
    a number as user data: ${plan(template({ user_data: 3 }))} → 1 aws_launch_template managed linux; its user data is no text
    an empty text: ${plan(template({ user_data: '' }))} → left out: aws_launch_template
    no base64: ${plan(template({ user_data: '*' }))} → 1 aws_launch_template managed linux; its user data is no base64
    a launch configuration: ${plan(of('aws_launch_configuration', { user_data_base64: base64(open), image_id: 'ami-1' }))} → 1 aws_launch_configuration self-managed al2023 custom whole; readOnlyPort=? line 1 | encoding; no
    a hash: ${plan(of('aws_launch_configuration', { user_data: 'abc' }))} → 1 aws_launch_configuration managed linux; Terraform keeps only a hash of the user data of a launch configuration
    a later launch configuration: ${later({ user_data: true }, of('aws_launch_configuration', {}))} → 1 aws_launch_configuration managed linux; its user data is known after terraform apply only
    a custom type: ${plan(group({ ami_type: 'CUSTOM' }))} → 1 aws_eks_node_group managed linux custom whole; it is not known which bootstrap this node has; unknown
    no type: ${plan(group({ ami_type: null }))} → 1 aws_eks_node_group managed al2023; no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on
    a data source: ${plan(template(data, { mode: 'data' }), { type: 'x' }, { address: 'x' })} → 
    a class in YAML: ${applied(`${JSON.stringify(nodeClass)}\n---\napiVersion: v1\nkind: Pod\n`)} → 1 k karpenter al2023; readOnlyPort=10255 nowhere
    a class in YAML without text: ${applied(JSON.stringify({ ...top, spec: { userData: [] } }))} → 1 k karpenter linux custom whole; spec.userData is no text
    broken YAML: ${applied('{')} → 
    a class as object: ${plan(of('kubernetes_manifest', { manifest: nodeClass }))} → 1 k karpenter al2023; readOnlyPort=10255 line 1 | encoding
    a class as applied object: ${plan(of('kubernetes_manifest', { object: nodeClass }))} → 1 k karpenter al2023; readOnlyPort=10255 line 1 | encoding
    other objects: ${plan(of('kubernetes_manifest', { manifest: { kind: 'Pod' } }), of('x', { manifest: nodeClass }))} → 
    a state: ${JSON.stringify({ format_version: '1.0', values: { root_module: { resources: [template(data)] } } })} → 1 aws_launch_template managed al2023; readOnlyPort=10255 line 1 | encoding
  `;
});

describe('another file', () => {
  const templates = [
    { LaunchTemplateName: 'text', VersionNumber: 3, LaunchTemplateData: { UserData: base64(open) } },
    { LaunchTemplateId: 'number', LaunchTemplateData: { UserData: 3 } },
    { LaunchTemplateData: { UserData: null } },
    { LaunchTemplateName: 'bytes', LaunchTemplateData: { UserData: 'H4sI', ImageId: 'ami-1' } },
    { LaunchTemplateName: 'long', LaunchTemplateData: { UserData: 'A'.repeat(87_384) } },
  ];
  const pool = 'apiVersion: karpenter.sh/v1\nkind: NodePool\nspec: {template: {spec: {nodeClassRef: {name: k}}}}\n';

  declares`
    launch templates: ${JSON.stringify({ LaunchTemplateVersions: templates })} → 1 text version 3 managed al2023; readOnlyPort=10255 line 1 | encoding + 1 number version ? managed linux; its user data is no text + 1 bytes version ? self-managed linux custom whole; it is not known which bootstrap this node has; unknown + 1 long version ? managed linux; its user data is longer than any that EC2 takes + left out: (no name) version ?
    PowerShell: ${'<powershell>\nx -KubeletExtraArgs "--event-qps=3"\n</powershell>\n'} → 1 file self-managed windows; eventRecordQPS=3 line 2 | 3 | --event-qps=3; unknown
    the call of Windows: ${'#cloud-config\n# Start-EKSBootstrap\n'} → 1 file self-managed windows; what the Windows AMI's own bootstrap sets is not public; unknown
    the snap of Ubuntu: ${'#!/bin/bash\nsnap set kubelet-eks a=b\n'} → 1 file self-managed ubuntu; what Canonical's own bootstrap sets is not public; unknown
    base64: ${base64(open)} → 1 file self-managed al2023; readOnlyPort=10255 line 1 | encoding
    TOML: ${'# a\n\n[settings.kubernetes] # x\nevent-qps = 3\n'} → 1 file self-managed bottlerocket; eventRecordQPS=3 line 4 | 3 | event-qps = 3
    a key of TOML: ${'settings.kubernetes.event-qps = 3\n'} → 1 file self-managed bottlerocket; eventRecordQPS=3 line 1 | 3 | event-qps = 3
    a broken NodeConfig: ${`${open}x: "\n`} → 1 file self-managed al2023; nodeadm cannot read the user data, line 4, column 4: quotes that do not end; no
    a broken NodeConfig beside something: ${`${open}x: "\n---\napiVersion: v1\n`} → what it is cannot be recognized: line 4: quotes that do not end; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    a cluster: ${open.replace('spec: {', 'spec: {cluster: {cidr: x}, ')} → 1 file self-managed al2023 standard whole; readOnlyPort=10255 line 3 | 10255 | readOnlyPort: 10255; no
    a flow map: ${'{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig}'} → 1 file self-managed al2023; nodeadm cannot read the user data, line 1, column 2: a string is expected; no
    a broken flow map: ${'{apiVersion: node.eks.aws/v1alpha1'} → what it is cannot be recognized: line 1: not valid JSON; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    a byte order mark: ${`\ufeff${JSON.stringify({ LaunchTemplateVersions: templates.slice(0, 1) })}`} → 1 text version 3 managed al2023; readOnlyPort=10255 line 1 | encoding
    beginnings of user data: ${[...['#!/bin/sh', ' \n#!x', '#cloud-config', '<powershell>', '<SCRIPT>', 'MIME-Version: 1.0', 'content-type: a/b'].map((text) => `${text}\n# KUBELET_EXTRA_ARGS\n`), ...['x #!/bin/sh', '# cloud-config', '#cloud', 'x <powershell>', 'powershell>', 'xMIME-Version:'].map((text) => `${text}\n# KUBELET_EXTRA_ARGS\n`)]} → 1 file self-managed al2 + 1 file self-managed al2; line 1 does more than this file shows: a script that is not one of a shell; unknown + 1 file self-managed al2 + 1 file self-managed windows; what the Windows AMI's own bootstrap sets is not public; unknown + 1 file self-managed windows; what the Windows AMI's own bootstrap sets is not public; unknown + 1 file self-managed al2; line 1 does more than this file shows: a message that cloud-init may read otherwise than nodeadm; unknown + 1 file self-managed al2 + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    words of user data: ${['/etc/eks/bootstrap.sh', 'kubelet-config.json', 'KUBELET_EXTRA_ARGS', 'start-eksbootstrap', 'kubelet-eks', 'node.eks.aws', '/etc/eks/bootstrap-sh', 'kubelet-config-json', 'kubelet-eksx', 'xnode.eks.aws', 'node-eks-aws', 'node.eks.awsx'].map((text) => `#!/bin/bash\n# ${text}\n`)} → 1 file self-managed al2; of Amazon Linux 2, only one plain call of bootstrap.sh is read; unknown + 1 file self-managed al2 + 1 file self-managed al2 + 1 file self-managed windows; what the Windows AMI's own bootstrap sets is not public; unknown + 1 file self-managed ubuntu; what Canonical's own bootstrap sets is not public; unknown + 1 file self-managed al2023; nodeadm cannot read the user data, it is no NodeConfig of node.eks.aws/v1alpha1; no + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    beginnings of TOML: ${[...['"a.b" = 1', "\n\n# c\n\n a.b-c='x'", '[a] # c', '[\'a b\'."c"]', '[a]', '  [a]  \r\nb = 1', 'a = 1'].map((text) => `${text}\n`), ...['a == 1', '[a]x', '[1, 2]', 'a =', 'a b = 1', '[[a]]', '# a = 1'].map((text) => `${text}\n`)]} → 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + 1 file self-managed bottlerocket + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized: line 1: not valid JSON; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    base64 of forty letters: ${[btoa('#!/bin/bash\nKUBELET_EXTRA_ARGS'), ` ${btoa('#!/bin/bash\n# KUBELET_EXTRA_ARGS #')}\n`, `${btoa('#!/bin/bash\n# KUBELET_EXTRA_ARGS ##')}==x`]} → 1 file self-managed al2; line 2 changes or may change the kubelet: a program of the kubelet; unknown + 1 file self-managed al2 + what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
    names of a cluster: ${['apiServerEndpoint', 'certificateAuthority', 'cidr', 'cidrs', 'xcidr'].map((word) => `#!/bin/bash\n# KUBELET_EXTRA_ARGS ${word}\n`)} → 1 file self-managed al2 standard whole; no + 1 file self-managed al2 standard whole; no + 1 file self-managed al2 standard whole; no + 1 file self-managed al2 + 1 file self-managed al2
    a hybrid node: ${'apiVersion: node.eks.aws/v1alpha1\nspec:\n  hybrid: {}\n'} → 1 file hybrid hybrid; no
    a hybrid node in MIME: ${'Content-Type: a/b\n\napiVersion: node.eks.aws/v1alpha1\nspec:\n  hybrid: {}\n'} → 1 file self-managed al2023; nodeadm cannot read the user data, it is no NodeConfig of node.eks.aws/v1alpha1; no
    a pool beside a Pod: ${`apiVersion: v1\nkind: Pod\n---\n${pool}`} → 4 (no name) of k
    nothing: ${''} → what it is cannot be recognized; give --as with one of karpenter, eksctl, terraform-plan, cloudformation, launch-template, cluster-api, al2023, al2, bottlerocket, hybrid, ubuntu, windows
  `;
});

it('takes the value of a function of CloudFormation for one of the deployment, whatever its name', () => {
  const file = (text: string) =>
    `Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {LaunchTemplateData: {UserData: {Fn::Base64: !Join ["", ["#", ${text}]]}}}\n`;
  const texts = [
    '!Ref a',
    '!GetAtt a.b',
    '{Ref: a}',
    '{"Fn::FindInMap": [a]}',
    '!If [a, {}, b]',
    '!Foo a',
    '{"Fn::Foo": a}',
  ];
  const open = '3 T managed linux standard eks-adds; it is not known which bootstrap this node has; unknown';
  expect(texts.map((text) => declaredLines(file(text)).join().slice(0, open.length))).toEqual(texts.map(() => open));
  expect(declaredLines(file('{a: b}')).join()).toContain(
    'its UserData is neither a text nor a function that makes one',
  );
});
