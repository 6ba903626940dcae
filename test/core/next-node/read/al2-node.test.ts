import { describe, expect, it } from 'vitest';
import type { NextNodePiece } from '../../../../lambda/core/next-node/read/types.ts';
import { type Given, multipart, nodeOf, rendered, shownIn, userData } from './node-of-user-data.ts';
import { rowsOf } from './rows.ts';

const call = '/etc/eks/bootstrap.sh c';
const qps = "--kubelet-extra-args '--event-qps=3'";
const script = 'text/x-shellscript';
/** A script, or with `given` all that the node gets. */
const shown = (lines: string, given: Given = {}): string => {
  const text = lines.startsWith('Content-Type') ? lines : `#!/bin/bash\n${lines}\n`;
  const [first] = given.pieces ?? [userData(text)];
  const written = first && 'bytes' in first ? Buffer.from(first.bytes).toString() : '';
  return shownIn(written, nodeOf(text, { kind: 'al2', kubeletMinor: 32, ...given }));
};
const withPieces = (...pieces: readonly NextNodePiece[]): string =>
  shown(call, { pieces: [userData(`#!/bin/bash\n${call} ${qps}\n`), ...pieces] });

function follows(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('follows $name, with its place', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('a node of Amazon Linux 2', () => {
  follows`
    sudo before the call: ${shown(`sudo ${call} ${qps}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    é before the call: ${shown(`# é\n${call} ${qps}`)} → eventRecordQPS=3 {piece:0,line:3,flag:event-qps} | 3 | '--event-qps=3'
    arguments of two words: ${shown(`${call} --kubelet-extra-args '--v=1 --event-qps 3'`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps,behind:shell}
    the last of two: ${shown(`${call} --kubelet-extra-args '--event-qps=1' ${qps}`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    two calls: ${shown(`${call}\n${call}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an end before the call: ${shown(`exit 0\n${call}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an edit by sed: ${shown(`sed -i 's/x/y/' /etc/eks/bootstrap.sh\n${call}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    escaped arguments: ${shown(`${call} --kubelet-extra-args --event\\-qps=3`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a variable: ${shown(`A=3\n${call} --kubelet-extra-args "--event-qps=$A"`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    the environment: ${shown(`export A=1 KUBELET_EXTRA_ARGS=--event-qps=3\n${call}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    the environment and a file: ${shown(`export KUBELET_EXTRA_ARGS=--event-qps=3 > /root/x\n${call}`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a quote: ${shown(`${call} --kubelet-extra-args "--node-labels='a'"`)} → the extra arguments have a quote or a % in them, which systemd reads in its own way
    a percent sign: ${shown(`${call} --kubelet-extra-args --node-labels=%a`)} → the extra arguments have a quote or a % in them, which systemd reads in its own way
    a backslash: ${shown(`${call} --kubelet-extra-args '--node-labels=\\a'`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an option with =: ${shown(`${call} --kubelet-extra-args=--event-qps=3 --other=1`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an option without a value: ${shown(`${call} --x --kubelet-extra-args '--event-qps' 3`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    no name: ${shown('/etc/eks/bootstrap.sh --dns-cluster-ip 10.0.0.1')} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a name that is empty: ${shown("/etc/eks/bootstrap.sh ''")} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an option as name: ${shown('/etc/eks/bootstrap.sh --kubelet-extra-args=x c')} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    arguments in other words: ${[shown(`${call} --kubelet-extra-args "$X"`), shown(`${call} --dns-cluster-ip=1 c2 --x=1 ${qps}`), shown(`${call} --kubelet-extra-args '--event-qps=3 --event-qpsx=4'`)].join(' // ')} → of Amazon Linux 2, only one plain call of bootstrap.sh is read // of Amazon Linux 2, only one plain call of bootstrap.sh is read // a kubelet with this command line would not start: a kubelet 1.32 has no flag --event-qpsx; no by kubelet: the kubelet would not start: a kubelet 1.32 has no flag --event-qpsx
    flags of tools: ${[withPieces(rendered('spec', {}, ['--v=1'])), withPieces(rendered('a', {}, ['--v=1']), rendered('b', {}, ['--read-only-port=4']), rendered('c', {}))].join(' // ')} → of Amazon Linux 2, only one plain call of bootstrap.sh is read // of Amazon Linux 2, only one plain call of bootstrap.sh is read
    help: ${shown(`${call} --help`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    short help: ${shown(`${call} -h`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an option without its value: ${shown(`${call} --dns-cluster-ip`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    an unknown value of another option: ${shown(`${call} --b64-cluster-ca "$X" ${qps}`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    an unknown word: ${shown(`${call} "$X"`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a file that is emptied: ${shown(`${call}\n\n> /etc/x`)} → unknown: line 4 does more than this file shows: a file outside the places that leave the kubelet alone
    a command over two lines: ${shown('reboot \\\n x')} → unknown: line 2 does more than this file shows: reboot, which may do anything
    a command behind an assignment: ${shown(`A=1 reboot\n${call}`)} → unknown: line 2 does more than this file shows: reboot, which may do anything
    a call that writes: ${shown(`${call} > /tmp/x`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a call in a pipeline: ${shown(`${call} | tee /tmp/x`)} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    no call: ${shown('mkdir /tmp/x', { cluster: 'whole' })} → no by bootstrap: nothing calls /etc/eks/bootstrap.sh
    a kubelet that would not start: ${shown(`${call} --kubelet-extra-args --event-qps=x`, { cluster: 'whole' })} → a kubelet with this command line would not start: the flag --event-qps: eventRecordQPS is not a plain whole number; no by kubelet: the kubelet would not start: the flag --event-qps: eventRecordQPS is not a plain whole number
    a custom AMI: ${shown(`${call} ${qps}`, { ami: 'custom' })} → eventRecordQPS=? {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'; unknown: the AMI is not EKS-optimized: its bootstrap is not known
    flags that a tool renders: ${withPieces(rendered('spec', {}, ['--v=1', '--event-qps=4']), rendered('', {}))} → of Amazon Linux 2, only one plain call of bootstrap.sh is read
    a file that a tool renders: ${withPieces(rendered('a', { readOnlyPort: 1 }), rendered('b', { readOnlyPort: null, authentication: { x509: {}, anonymous: null } }))} → of Amazon Linux 2, only one plain call of bootstrap.sh is read

    a later part: ${shown(multipart(['text/plain', 'x'], [`${script}; charset="us-ascii"`, `#!/bin/sh\n${call} ${qps}`]))} → eventRecordQPS=3 {piece:0,part:2,line:11,flag:event-qps} | 3 | '--event-qps=3'
    a part in base64: ${shown(multipart([script, btoa(`#!/bin/sh\n${call} ${qps}`)]))} → 
    parts in a part: ${shown(multipart(['multipart/x', `--C\n\n#!/bin/sh\n${call} ${qps}\n--C--\n`]))} → eventRecordQPS=3 {piece:0,part:1,line:9,flag:event-qps} | 3 | '--event-qps=3'; unknown: part 1, line 1 does more than this file shows: parts in a part
    an odd part in a part: ${shown(multipart(['multipart/x', '--C\nContent-Type: text/x-include-url\n\nx\n--C--\n']))} → unknown: part 1, line 1 does more than this file shows: parts in a part
    harmless cloud-config: ${shown(multipart(['text/cloud-config', 'hostname: x']))} → 
    other cloud-config: ${shown(multipart(['text/cloud-config', 'hostname: x\nruncmd: []\nx: y']))} → unknown: part 1, line 3 does more than this file shows: a key of cloud-config that is not known to leave the kubelet alone
    a part that is not followed: ${shown(multipart([script, 'x'], [script, 'reboot']))} → unknown: part 1, line 1 does more than this file shows: a command that is not known to leave the kubelet alone
    no last boundary: ${shown(multipart([script, 'x']).replace('--B--', ''))} → the MIME message cannot be read: no boundary ends the last part
    a header that Go does not read: ${shown(multipart([script, call]).replace('\n', '\nMIME-Version: 1.0\nx\n'))} → unknown: line 1 does more than this file shows: a message that cloud-init may read otherwise than nodeadm
    a part of a tool: ${shown(call, { pieces: [{ from: 'part', contentType: script, bytes: Buffer.from(`${call} ${qps}`) }] })} → eventRecordQPS=3 {piece:0,line:1,flag:event-qps} | 3 | '--event-qps=3'
    a part of no type: ${shown(call, { pieces: [{ from: 'part', contentType: 'text/', bytes: Buffer.from(`#!/bin/sh\n${call} ${qps}`) }] })} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
  `;
});
