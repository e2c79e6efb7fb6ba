/** What can be seen of an instance from outside: console, screenshot, password, interrupt. */
import { Fault } from '../../model/fault.ts';
import { Instance } from '../../model/resources/instance.ts';
import { action } from '../action.ts';

/**
 * GetConsoleOutput: the last 64 KiB in base64. It is as of now whether or not the latest is asked for; AWS shows what
 * was there after the last change of state unless asked for the latest. A virtual guest writes nothing.
 */
export const GetConsoleOutput = action('GetConsoleOutput', (request, tx) => {
  const { id } = tx.get(Instance, request.InstanceId);
  const seen = tx.environment.consoles(id);
  return {
    InstanceId: id,
    Timestamp: new Date(seen?.readAtMs ?? tx.nowMs),
    Output: base64(seen?.text ?? ''),
  };
});

function base64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** GetConsoleScreenshot: there is no screen. */
export const GetConsoleScreenshot = action('GetConsoleScreenshot', (request, tx) => {
  const { id } = tx.get(Instance, request.InstanceId);
  throw new Fault(
    'UnsupportedOperation',
    `The instance '${id}' has a console of text and no screen to take a picture of.`,
  );
});

/** GetPasswordData: empty, as for every Linux instance. */
export const GetPasswordData = action('GetPasswordData', (request, tx) => {
  const { id } = tx.get(Instance, request.InstanceId);
  return { InstanceId: id, Timestamp: tx.now, PasswordData: '' };
});

/** SendDiagnosticInterrupt: guests share the kernel of the machine, so none of them can be interrupted alone. */
export const SendDiagnosticInterrupt = action('SendDiagnosticInterrupt', (request, tx) => {
  const { id, state } = tx.get(Instance, request.InstanceId);
  if (state !== 'running') {
    throw new Fault('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`);
  }
  throw new Fault('UnsupportedOperation', `The instance '${id}' has no kernel of its own that could be interrupted.`);
});

export const instanceConsoleActions = [
  GetConsoleOutput,
  GetConsoleScreenshot,
  GetPasswordData,
  SendDiagnosticInterrupt,
] as const;
