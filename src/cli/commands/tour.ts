/** `localvpc tour`: shows on the running localvpc what it does, with real packets. */
import { Command } from 'commander';
import type { Context } from '../context.ts';

const HELP = `
Builds a network through the EC2 API with the official SDK and shows what
programs inside its instances get to see: a minute's reading, a few seconds'
running. What it builds stays there to play with.

Example:
  $ localvpc tour
`;

export const tourCommand = (context: () => Context): Command =>
  new Command('tour')
    .description('show what localvpc does, with real packets')
    .addHelpText('after', HELP)
    .action(async () => {
      const { runTour } = await import('../tour/tour.ts');
      const { endpoint, colours, print } = context();
      await runTour({ endpoint, colours, print });
    });
