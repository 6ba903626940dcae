import { type ClusterGranted, hasFailed, isToApply } from '../../core/fix/grant/organization-grant.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import {
  clusterGrantedLine,
  organizationGrantedReport,
  organizationPlanReport,
} from '../../core/report/terminal/grant-organization.ts';
import { applyOrganization, planOrganization } from '../../flow/grant/grant-organization.ts';
import type { OrganizationGrantSettings } from '../../wiring/organization-grant-settings.ts';
import { exitCode } from '../exit-code.ts';
import { terminalLog } from '../log.ts';
import { terminalProgress } from '../progress.ts';
import { openOutput } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';

/** Prints one plan for every cluster of every account, and with `--apply` does it, a line a cluster as it is done. */
export async function grantOrganization(settings: OrganizationGrantSettings, terminal: Terminal): Promise<number> {
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openOrganizationGrantPorts } = await import('../../wiring/open/grant.ts');
  const progress = terminalProgress(terminal);
  const ports = openOrganizationGrantPorts(settings, { log: terminalLog(terminal), progress });
  const out = await openOutput(undefined, terminal);
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stop = () => {
    if (signal.aborted) process.exit(exitCode.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', stop);

  try {
    const found = await planOrganization(ports, {
      ...settings,
      regions: settings.accessPath.regions,
      roleArn: undefined,
      signal,
    });
    progress.stop();
    const { draw, width } = tableStyle(terminal);
    await out.write(organizationPlanReport(found, { ...settings, draw, width }));
    if (!settings.apply) return 0;

    const toApply = found.plans.filter((plan) => isToApply(plan, settings));
    const done: ClusterGranted[] = [];
    if (toApply.length > 0) await out.write('\n');
    for await (const granted of applyOrganization(ports, toApply, { ...settings, signal })) {
      done.push(granted);
      await out.write(clusterGrantedLine(granted));
    }
    await out.write(`\n${organizationGrantedReport(found, done, toApply.length - done.length)}`);
    if (signal.aborted) return exitCode.interrupted;
    throwIfLeft(done.filter(hasFailed).length, found.gaps.length);
    return 0;
  } catch (error) {
    if (signal.aborted) return exitCode.interrupted;
    throw error;
  } finally {
    progress.stop();
    await out.close();
    ports.close();
    process.off('SIGINT', stop);
  }
}

/** Steps to do by hand are in the plan and are no failure. Whether they were done can only be seen in aws-auth. */
function throwIfLeft(failed: number, gaps: number): void {
  if (failed === 0 && gaps === 0) return;

  const what = [
    ...(failed > 0 ? [`${howMany(failed, 'cluster')} not wholly granted`] : []),
    ...(gaps > 0 ? [`${howMany(gaps, 'gap')} not looked at`] : []),
  ];
  throw new OperatorError(
    'not-granted',
    `${what.join(' and ')}; fix what failed and give the same command again: what is done stays`,
  );
}
