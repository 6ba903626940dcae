import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { OperatorError } from '../core/model/operator-error.ts';
import type { Runs } from '../flow/run/ports.ts';
import { type AwsAccess, awsErrorName, awsErrorText, patientSettings } from './aws-access.ts';

export const sfnClient = (access: AwsAccess): SFNClient => new SFNClient(patientSettings(access));

interface RunsOptions {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
}

/** Executions of the run's state machine. IAM: states:ListExecutions, states:DescribeExecution, states:StartExecution. */
export function stateMachineRuns({ client, stateMachineArn }: RunsOptions): Runs {
  const arnOf = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

  return {
    arnOf,
    async state(name) {
      try {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arnOf(name) }));
        return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'running' : 'ended';
      } catch (error) {
        if (awsErrorName(error) === 'ExecutionDoesNotExist') return 'absent';
        throw unusable(error, { action: 'states:DescribeExecution', stateMachineArn });
      }
    },
    async running() {
      try {
        const { executions = [] } = await client.send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 }),
        );
        return executions[0]?.name;
      } catch (error) {
        // Nothing runs where there is no state machine.
        if (awsErrorName(error) === 'StateMachineDoesNotExist') return undefined;
        throw unusable(error, { action: 'states:ListExecutions', stateMachineArn });
      }
    },
    async start(name, input) {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
        return 'started';
      } catch (error) {
        if (awsErrorName(error) === 'ExecutionAlreadyExists') return 'already';
        throw unusable(error, { action: 'states:StartExecution', stateMachineArn });
      }
    },
  };
}

const unusable = (error: unknown, { action, stateMachineArn }: { action: string; stateMachineArn: string }) =>
  new OperatorError(
    'state-machine-unusable',
    `${action} failed on ${stateMachineArn}: ${awsErrorText(error)}; check that the stack of the hub is deployed whole, and the rights of this principal`,
    { cause: error },
  );
