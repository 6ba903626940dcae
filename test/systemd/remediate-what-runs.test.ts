import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { everyFile } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  caPath,
  configPath,
  current,
  deployedScript,
  type Files,
  givesUpSoon,
  mainPid,
  openConfiguration,
  remediate,
  runningConfiguration,
  timers,
  unitPath,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const another = new CertificateAuthority('another');
const feeling = (mood: string) => al2({ '/etc/kubelet-mood': mood, '/etc/other-ca.crt': another.pem });
const onceOnly = String(al2()[unitPath]).replace('Restart=always\n', '');
const fixedFile = openConfiguration.replace('"anonymous": {', `"x509": { "clientCAFile": "${caPath}" },\n        $&`);

describe('a change is kept only for a kubelet that stays well', underSystemd, () => {
  it.each([
    ['ends some seconds after it was well', 'dies 2', 5],
    ['ends later than that, where more is asked for', 'dies 7', 10],
  ])('and not where it %s', (_, mood, stableSeconds) =>
    withNode(feeling(mood), async (node) => {
      const before = everyFile(node);

      const answer = await remediate(node, { stableSeconds }, givesUpSoon());

      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(answer.words).toContain(`no process of the kubelet was well for ${stableSeconds} seconds`);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it('by the number of its restarts, too, where its process has the same number again', () =>
    withNode(al2(), async (node) => {
      // Every other look shows one restart more.
      const script = givesUpSoon().replace(
        'same="$pid $(shown NRestarts)"',
        'n=$((${n:-0} + 1)); same="$pid $((n / 2))"',
      );

      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason: 'not-back' });
    }));

  it('and not where it ended after it had been well', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript()
        .replace(/^if ! effective=/m, 'systemctl restart kubelet.service 9>&-\nwhile ! answers; do sleep 0.1; done\n$&')
        .replace(/^step\(\)/m, () => 'answers() { [ "$(shown MainPID)" != "$well" ]; }\nstep()');
      const answer = await remediate(node, {}, script);
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(answer.words).toContain('the kubelet ended after it had been well');
    }));

  it.each([
    ['answered once and never again', 'hangs'],
    ['says every other time that it is sick', 'relapses'],
  ])('and not where it %s', (_, mood) =>
    withNode(feeling(mood), async (node) => {
      expect(await remediate(node, {}, givesUpSoon())).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }),
  );

  it('and also where its machine is so busy that every other answer does not come in time', () =>
    withNode(feeling('hesitates'), async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'changed', reason: 'confirmed' });
    }));

  it('and not for another process that answers in its place', () =>
    withNode({ ...feeling('refuses'), [unitPath]: onceOnly }, async (node) => {
      node.write(
        '/opt/impostor.mjs',
        `import { createServer } from 'node:http';
         const serve = () => createServer((_, response) => response.end('ok')).on('error', () => setTimeout(serve, 20)).listen(10248, '127.0.0.1');
         serve();
         setTimeout(() => process.exit(0), 60_000);`,
      );
      const impostor = node.spawn(['/opt/node', '/opt/impostor.mjs']);

      // Not even for a moment: no process of the kubelet is there that could be looked at.
      expect(await remediate(node)).toMatchObject({ reason: 'not-back' });
      impostor.kill();
      expect(node.read(configPath)).toBe(openConfiguration);
    }));
});

describe('what the kubelet runs with is seen, and not read in a file', underSystemd, () => {
  it('as the certificates of the client CA, for which it asks', () =>
    withNode(al2(), async (node) => {
      const answer = await remediate(node);

      expect(answer).toMatchObject({ outcome: 'changed', reason: 'confirmed' });
      expect(answer.words).toMatch(/^the kubelet was restarted .* it asks for certificates of the client CA$/);
      expect(await remediate(node)).toMatchObject({
        outcome: 'already',
        words: expect.stringMatching(/it asks for certificates of the client CA$/),
      });
    }));

  it.each([
    ['asks nobody', 'asks-nobody', 'asks nobody for a certificate'],
    ['names another CA', 'believes-another', 'does not name that CA'],
  ])('and one that %s gets its files back', (_, mood, words) =>
    withNode(feeling(mood), async (node) => {
      const before = everyFile(node);
      const answer = await remediate(node);

      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain(words);
      expect(everyFile(node)).toEqual(before);
    }),
  );

  it.each([
    ['asks nobody', 'asks-nobody', 'refused'],
    ['cannot be asked, since it has no certificate yet', 'has-no-certificate', 'already'],
  ])('one whose files are right and that %s: %s, %s', (_, mood, outcome) =>
    withNode({ ...feeling(mood), [configPath]: fixedFile }, async (node) => {
      const answer = await remediate(node);

      expect(answer.outcome).toBe(outcome);
      if (outcome === 'already') expect(answer.words).not.toContain('asks for certificates');
      else expect(answer).toMatchObject({ reason: 'not-effective', words: expect.stringContaining('asks nobody') });
    }),
  );

  it('and one that cannot be asked was restarted, and nothing is confirmed', () =>
    withNode(feeling('has-no-certificate'), async (node) => {
      expect(await remediate(node)).toMatchObject({
        outcome: 'changed',
        reason: 'restarted',
        words: expect.stringContaining('not confirmed yet'),
      });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  it('other values are not confirmed by a handshake', () =>
    withNode(al2(), async (node) => {
      expect(await remediate(node, { controls: ['kubelet-protect-kernel-defaults'] })).toMatchObject({
        reason: 'restarted',
        words: expect.stringContaining('not confirmed yet'),
      });
      const both = ['kubelet-client-ca-file', 'kubelet-anonymous-auth'];
      expect(await remediate(node, { controls: both })).toMatchObject({
        reason: 'restarted',
        words: expect.stringContaining('the other values are not confirmed yet'),
      });
    }));

  it('a restart that SSM was told of and that did not happen is none', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      await node.replaceProgram('/usr/bin/systemctl', '[ "$1" != restart ] || exit 0');

      // No handshake shows this setting.
      const answer = await remediate(node, { controls: ['kubelet-protect-kernel-defaults'] });
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain('it was not restarted since');
      await node.restoreProgram('/usr/bin/systemctl');
      expect(node.read(configPath)).toBe(openConfiguration);
      expect(before.length).toBeGreaterThan(0);
    }));
});

describe('asked to confirm, it', underSystemd, () => {
  it('changes nothing, and succeeds only where all is as wanted', () =>
    withNode(al2(), async (node) => {
      const before = [...node.tree('/etc')];
      const pid = await mainPid(node);

      expect(await remediate(node, { mode: 'confirm' })).toMatchObject({
        outcome: 'refused',
        reason: 'not-as-wanted',
        status: 10,
      });
      expect([...node.tree('/etc')]).toEqual(before);
      expect(await mainPid(node)).toBe(pid);

      await remediate(node);
      expect(await remediate(node, { mode: 'confirm' })).toMatchObject({ outcome: 'already', status: 0 });
      const anonymous = { controls: ['kubelet-anonymous-auth'], trust: [] };
      await remediate(node, anonymous);
      expect(await remediate(node, { ...anonymous, mode: 'confirm' })).toMatchObject({
        outcome: 'already',
        words: expect.stringMatching(/; that it runs with that is not confirmed yet$/),
      });
      const both = ['kubelet-client-ca-file', 'kubelet-anonymous-auth'];
      expect(await remediate(node, { controls: both, mode: 'confirm' })).toMatchObject({
        words: expect.stringMatching(
          /; it asks for certificates of the client CA; the other values are not confirmed yet$/,
        ),
      });
      expect(await timers(node)).toBe('');
    }));
});

describe('null or nothing in a drop-in', underSystemd, () => {
  const folder = `${configPath}.d`;
  const dropIn = (body: string) =>
    `{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1",${body}}`;
  const unit = String(al2()[unitPath]);
  const files = (body: string) =>
    al2({
      [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=--config-dir=${folder}'\n`,
      [configPath]: fixedFile,
      [`${folder}/50.conf`]: dropIn(body),
    });

  it.each<[string, string, Files, string?]>([
    ['in place of the parent', 'null', files('"authentication":{"x509":null}')],
    ['in place of the value', 'null', files('"authentication":{"x509":{"clientCAFile":null}}')],
    ['a zero', 'odd-value', files('"streamingConnectionIdleTimeout":"0s"'), 'kubelet-streaming-timeout'],
    ['an empty mode', 'odd-value', files('"authorization":{"mode":""}'), 'kubelet-authorization-mode'],
    [
      'in any of a kubelet that merges in a way of its own',
      'old-drop-ins',
      {
        ...files('"readOnlyPort":0'),
        [unitPath]: unit.replace('[Service]\n', '$&Environment=KUBELET_CONFIG_DROPIN_DIR_ALPHA=1\n'),
      },
    ],
  ])('means another thing in each version, and is left to a person: %s', (_, reason, machine, control) =>
    withNode(machine, async (node) => {
      const asked = control === undefined ? {} : { controls: [control] };
      expect(await remediate(node, asked)).toMatchObject({ outcome: 'refused', reason });
    }),
  );
});
