import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LabError } from '../../wire/service.ts';

/** boto3 as these scripts use it: each call is a line of JSON that the lab answers by another one. */
const boto3 = `
import datetime, json, re, sys, types

class Exceptions:
    def __getattr__(self, name):
        return self.__dict__.setdefault(name, type(name, (Exception,), {}))
exceptions = Exceptions()

def ask(service, operation, given):
    print(json.dumps({"ask": [service, operation, given]}), flush=True)
    answer = json.loads(sys.stdin.readline())
    if "error" in answer:
        raise getattr(exceptions, answer["error"])(answer["message"])
    return dated(answer["answer"])

def dated(value):
    if isinstance(value, list):
        return [dated(each) for each in value]
    if not isinstance(value, dict):
        return value
    at = lambda each: datetime.datetime.fromtimestamp(each, tz=datetime.timezone.utc)
    return {name: at(each) if name.endswith("Date") else dated(each) for name, each in value.items()}

class Client:
    exceptions = exceptions
    def __init__(self, service):
        self.service = service
    def __getattr__(self, name):
        operation = "".join(part.capitalize() for part in name.split("_"))
        return lambda **given: ask(self.service, operation, given)
    def get_paginator(self, name):
        def pages(**given):
            page = getattr(self, name)(**given)
            yield page
            while page.get("NextToken"):
                page = getattr(self, name)(**given, NextToken=page["NextToken"])
                yield page
        return types.SimpleNamespace(paginate=pages)

sys.modules["boto3"] = types.SimpleNamespace(client=Client)
`;

interface ScriptStep {
  readonly Script: string;
  readonly Handler: string;
  readonly InputPayload: unknown;
}

/**
 * Runs the function of a step of Automation with the machine's own python3.
 * @throws Error with the words of the exception that the function ended with
 */
export async function runScript(
  { Script, Handler, InputPayload }: ScriptStep,
  ask: (operation: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>,
): Promise<void> {
  const program = `${boto3}\n${Script}
try:
    ${Handler}(json.loads(sys.argv[1]), None)
    print(json.dumps({"done": True}))
except Exception as error:
    print(json.dumps({"failed": "%s - %s" % (type(error).__name__, error)}))
`;
  const python = spawn('python3', ['-c', program, JSON.stringify(InputPayload)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(python, 'close');
  let end: { readonly failed?: string; readonly done?: boolean } = {};
  for await (const line of createInterface(python.stdout)) {
    const said = JSON.parse(line);
    if (!said.ask) end = said;
    else
      python.stdin.write(
        `${JSON.stringify(
          await ask(said.ask[1], said.ask[2]).then(
            (answer) => ({ answer }),
            (error: unknown) => {
              if (!(error instanceof LabError)) throw error;
              return { error: error.code, message: error.message };
            },
          ),
        )}\n`,
      );
  }
  await ended;
  if (!end.done) throw new Error(end.failed ?? 'the script ended without a word');
}
