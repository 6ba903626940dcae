import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import { err } from '../../../lambda/core/model/result.ts';
import type { AuditOptions } from '../../../lambda/flow/audit/ports.ts';
import { publishFindings } from '../../../lambda/flow/audit/publish-findings.ts';
import { auditOf, clientCa, compliant, failed, judged, node, unread } from '../../core/findings/compliant-audit.ts';
import { FakeClock, FakeFindings, FakeMemory } from '../../fakes/ports.ts';

const options: AuditOptions = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', scope: 'node-group', publish: true };
const failing = auditOf([judged(node(1), failed)]);
const unreadable = auditOf([judged(node(1), unread)]);
const problem = { code: 'security-hub-forbidden', message: 'may not', remedy: 'grant it' };

let ports: { clock: FakeClock; findings: FakeFindings; memory?: FakeMemory };
beforeEach(() => {
  ports = { clock: new FakeClock(), findings: new FakeFindings(), memory: new FakeMemory() };
});

/** The run of the next day. */
function publish(audit: ClusterAudit, change: Partial<AuditOptions> = {}): Promise<ClusterAudit> {
  ports.clock.pass(86_400_000);
  return publishFindings(ports, audit, { ...options, ...change });
}
const only = () => [...ports.findings.findings.values()][0];

describe('publishFindings', () => {
  it('says what became of each finding, and what is to be announced', async () => {
    expect(await publish(failing)).toMatchObject({
      published: { imported: 1, created: 1, unchanged: 0 },
      transitions: [{ kind: 'opened', memory: 'missing' }],
    });
    expect(await publish(compliant)).toMatchObject({ published: { updated: 1 }, transitions: [{ kind: 'resolved' }] });
    expect(await publish(auditOf([]))).toMatchObject({ published: { imported: 1, archived: 1 }, transitions: [] });
    expect(await publish(failing)).toMatchObject({
      published: { reopened: 1 },
      transitions: [{ kind: 'opened', memory: 'kept' }],
    });
  });

  it('sends nothing when Security Hub cannot be read, and everything that has changed the next time', async () => {
    ports.findings.problem = problem;
    const audit = await publish(failing);
    expect(audit.problems).toMatchObject([{ code: problem.code }]);
    expect(audit).not.toHaveProperty('published');
    expect(audit.nodes).toBe(failing.nodes);
    expect(audit.transitions).toMatchObject([{ kind: 'opened', securityHub: 'not-read' }]);

    ports.findings.problem = undefined;
    expect(await publish(failing)).toMatchObject({ published: { created: 1 }, transitions: [] });
  });

  it('keeps the verdicts and announces them when nothing could be written, and knows the next day what was proved', async () => {
    await publish(compliant);
    ports.findings.writeProblem = problem;
    const audit = await publish(failing);
    expect(audit.problems).toEqual([problem]);
    expect(audit).not.toHaveProperty('published');
    expect(audit.transitions).toMatchObject([{ kind: 'opened', securityHub: 'not-taken' }]);

    ports.findings.writeProblem = undefined;
    await publish(unreadable);
    expect(only()?.Compliance.Status).toBe('FAILED');
  });

  it('accounts for what was not sent when the writing stops half way', async () => {
    const many = auditOf(Array.from({ length: 1500 }, (_, index) => judged(node(index), failed)));
    const write = ports.findings.write.bind(ports.findings);
    ports.findings.write = async (...given) => {
      const written = await write(...given);
      ports.findings.writeProblem = problem;
      return written;
    };
    const { published, problems, transitions } = await publish(many, { scope: 'node' });

    expect(problems).toEqual([problem]);
    expect(published).toMatchObject({ imported: 1000, created: 1000 });
    expect(published?.notSent).toHaveLength(500);
    expect(transitions?.filter(({ securityHub }) => securityHub === 'taken')).toHaveLength(1000);
    expect(transitions).toHaveLength(1500);
  });

  it('does not ask a Security Hub again that a lasting problem keeps from taking anything', async () => {
    const many = auditOf(Array.from({ length: 1200 }, (_, index) => judged(node(index), failed)));
    let asked = 0;
    ports.findings.write = async () => {
      asked += 1;
      return err(problem);
    };
    const { problems } = await publish(many, { scope: 'node' });

    expect(asked).toBe(1);
    expect(problems).toEqual([problem]);
  });
});
