import { sweepDefinition } from '../../../infra/constructs/run/run-definition.ts';
import { environment } from '../../../lambda/contract/environment.ts';
import { hubFunctions, sweepMachineName } from '../../../lambda/contract/names.ts';
import type { SweepDone } from '../../../lambda/flow/sweep/run-sweep.ts';
import { handler as discover } from '../../../lambda/handlers/discover.ts';
import { handler as item } from '../../../lambda/handlers/item.ts';
import type { LabEvent } from '../aws/events/events.ts';
import { StatesMachine } from '../aws/step-functions/states-machine.ts';
import { type HistoryEstate, place } from './history-estate.ts';
import { eventsSince, functionEnvironment } from './history-run.ts';

/** What one sweep came to: by its own count, and as the bus saw it. */
export interface HistorySweep extends SweepDone {
  readonly events: readonly LabEvent[];
}

const { accountId, region } = place;
const arnOf = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
const machineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${sweepMachineName}`;
export const everyMinutes = 15;

/** What Lambda hands to a function. */
const contextOf = (name: string) => ({
  awsRequestId: name,
  invokedFunctionArn: arnOf(name),
  getRemainingTimeInMillis: () => 900_000,
});

/** The handlers of the deployed functions as the schedule calls them, in this process, since a test moves its clock. */
export async function sweepOnce(estate: HistoryEstate): Promise<HistorySweep> {
  const { lab } = estate;
  const since = eventsSince(estate);
  const { functionName } = hubFunctions.audit;
  const machine = new StatesMachine({
    arn: machineArn,
    definition: sweepDefinition({ partition: 'aws', auditArn: arnOf(functionName) }),
    world: {
      clock: { now: () => new Date(), sleep: async () => undefined },
      random: () => 0,
      invoke: (_, event) =>
        item(event, contextOf(functionName)).then(
          (value) => ({ value }),
          ({ name, message }: Error) => ({ error: { name, message } }),
        ),
      objects: { get: async () => '', put: async () => undefined },
    },
  });
  const started: Promise<unknown>[] = [];
  lab.states.putStateMachine({
    arn: machineArn,
    onStart: ({ name, input }) => {
      started.push(machine.start(name, JSON.parse(input)).finished);
    },
  });

  const before = { ...process.env };
  Object.assign(process.env, functionEnvironment(estate), { [environment.sweepMachineArn]: machineArn });
  try {
    const sweep = { scheduledTime: new Date().toISOString(), everyMinutes };
    const done = await discover({ sweep }, contextOf(hubFunctions.discover.functionName));
    if (!('sweepAt' in done)) throw new Error('the function that discovers took a sweep for a run');
    for (const ended of await Promise.all(started))
      if (Object(ended).status !== 'SUCCEEDED') throw new Error(`an item failed: ${JSON.stringify(ended)}`);
    return { ...done, events: since() };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  }
}
