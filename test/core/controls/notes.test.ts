import { describe, expect, it } from 'vitest';
import type { Control } from '../../../lambda/core/control.ts';
import { authorizationMode } from '../../../lambda/core/controls/authorization-mode.ts';
import { configOwner } from '../../../lambda/core/controls/config-owner.ts';
import { eventQps } from '../../../lambda/core/controls/event-qps.ts';
import { hostnameOverride } from '../../../lambda/core/controls/hostname-override.ts';
import { kubeconfigMode } from '../../../lambda/core/controls/kubeconfig-mode.ts';
import { rotateCertificates } from '../../../lambda/core/controls/rotate-certificates.ts';
import { rotateServerCertificate } from '../../../lambda/core/controls/rotate-server-certificate.ts';
import { streamingTimeout } from '../../../lambda/core/controls/streaming-timeout.ts';
import type { Via } from '../../../lambda/core/model.ts';
import { type Change, subject } from './subject.ts';

const noGate = { featureGates: { RotateKubeletServerCertificate: null } };

/** Where tools contradict each other, or a verdict goes by the letter, its evidence says why. */
describe('the evidence', () => {
  it.each<[string, Control, Via, Change, object]>([
    ['that a setting is moot', streamingTimeout, 'configz', {}, { notes: [/newer kubelets do nothing/] }],
    ['what 0 means', eventQps, 'ssm', { file: { eventRecordQPS: 0 } }, { value: '0', notes: [/5 a second up to 1\.36, and no limit from 1\.37/] }],
    [
      'that a default is false and accepted all the same',
      rotateCertificates,
      'ssm',
      { file: { rotateCertificates: null } },
      { value: 'false', notes: [/though the default is false/] },
    ],
    [
      'that a gate nobody named is on by default',
      rotateServerCertificate,
      'configz',
      { file: noGate },
      { value: '(not set)', notes: [/on by default since Kubernetes 1\.12, and serverTLSBootstrap is true/] },
    ],
    [
      'that a default is of no use without serverTLSBootstrap',
      rotateServerCertificate,
      'ssm',
      { file: { ...noGate, serverTLSBootstrap: false } },
      { value: '(not set)', notes: [/but serverTLSBootstrap is false/] },
    ],
    [
      'that a gate which is named may have no effect',
      rotateServerCertificate,
      'configz',
      { file: { serverTLSBootstrap: false } },
      { value: 'true', notes: [/without effect/] },
    ],
    [
      'that AWS sets the flag itself',
      hostnameOverride,
      'ssm',
      { flags: ['--hostname-override=ip-10-0-0-1'] },
      { value: 'ip-10-0-0-1', notes: [/EKS images set this flag themselves/] },
    ],
    ['a mode in octal digits', kubeconfigMode, 'ssm', { files: { kubeconfig: { mode: '4600' } } }, { value: '4600' }],
    ['owner and group', configOwner, 'ssm', { files: { config: { owner: '1000' } } }, { value: '1000:root' }],
  ])('says %s', (_, control, via, change, { notes = [], ...rest }: { notes?: readonly RegExp[] }) => {
    const verdict = control.judge(subject(via, change));
    expect(verdict).toMatchObject({ evidence: { ...rest, notes: notes.map((each) => expect.stringMatching(each)) } });
  });

  it.each<[Control, Via, RegExp]>([
    [kubeconfigMode, 'configz', /^modes and owners are seen by SSM only$/],
    [kubeconfigMode, 'files', /^saved files do not keep/],
    [hostnameOverride, 'configz', /^flags without a setting are seen by SSM only$/],
  ])('says why %o cannot be seen by %s', (control, via, because) => {
    expect(control.judge(subject(via))).toEqual({ status: 'unknown', because: expect.stringMatching(because) });
  });

  it('does not know a mode of authorization that no kubelet starts with', () => {
    expect(authorizationMode.judge(subject('configz', { file: { authorization: { mode: 'RBAC' } } })).status).toBe(
      'unknown',
    );
  });

  it('does not judge a gate that nobody named where serverTLSBootstrap is unknown', () => {
    const facts = subject('configz', { file: noGate });
    const unclear = {
      ...facts,
      settings: { ...facts.settings, serverTLSBootstrap: { state: 'unknown', because: 'two spellings' } as const },
    };
    expect(rotateServerCertificate.judge(unclear).status).toBe('unknown');
  });

  it('shows a hostile host name bounded and printable', () => {
    const verdict = hostnameOverride.judge(
      subject('ssm', { flags: [`--hostname-override=\u001b[2J${'x'.repeat(100_000)}`] }),
    );
    expect(verdict).toMatchObject({ status: 'fail', evidence: { value: expect.stringMatching(/^x{200,299}…$/) } });
  });
});
