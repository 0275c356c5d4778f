import type { Auth } from '@holdfast/auth';
import type { DirectoryScrub } from '@holdfast/contracts';
import type { Member, Members } from '@holdfast/replication';
import type { HttpHandlers, Probe } from '@holdfast/rmi';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export interface FrontendPagesOptions {
  readonly name: string;
  readonly metricsToken?: string | undefined;
  readonly members: Members;
  readonly auth: Auth;
  /** How far re-reading the frontend's own disk is. */
  readonly scrub: () => DirectoryScrub;
  readonly ready: () => Probe;
}

/** What a frontend shows to a browser, to a monitoring system, and to single calls over HTTP. */
export function frontendPages(options: FrontendPagesOptions): HttpHandlers {
  const metrics = clusterMetrics(options);
  return {
    page: () => page(options),
    ready: options.ready,
    metrics: () => metrics.metrics(),
    ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    authenticate: (token) => options.auth.principalOfToken(token),
  };
}

function clusterMetrics({ members, scrub }: FrontendPagesOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const show = (name: string, help: string, read: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    new Gauge({ name, help, registers, collect });
  };
  const showEach = (name: string, help: string, read: (member: Member) => number): void => {
    const collect = function (this: Gauge<'server'>): void {
      this.reset();
      for (const member of members.all) this.set({ server: member.name }, read(member));
    };
    new Gauge({ name, help, registers, labelNames: ['server'], collect });
  };
  show(
    'holdfast_servers_live',
    'Servers that take part in reads and writes',
    () => members.live.length,
  );
  show('holdfast_servers_enrolled', 'Servers of the roster', () => members.all.length);
  showEach(
    'holdfast_server_poisoned',
    '1: its disk failed, and it takes no writes until it is started again',
    ({ report }) => (report?.poisoned ? 1 : 0),
  );
  showEach(
    'holdfast_server_scrub_last_end_seconds',
    'When it last re-read everything, in seconds since 1970; 0 for never',
    ({ report }) => (report?.scrub?.last?.endedMs ?? 0) / 1000,
  );
  showEach(
    'holdfast_server_scrub_damaged',
    'Damaged places that its last full pass of re-reading has found; repair makes them anew',
    ({ report }) => report?.scrub?.last?.damaged ?? 0,
  );
  show(
    'holdfast_directory_scrub_last_end_seconds',
    "When the directory on the frontend's disk was last re-read, in seconds since 1970; 0 for never",
    () => (scrub().last?.endedMs ?? 0) / 1000,
  );
  show(
    'holdfast_directory_scrub_last_read_bytes',
    'Bytes that this pass has gone over',
    () => scrub().last?.readBytes ?? 0,
  );
  show(
    'holdfast_directory_scrub_damaged',
    'Damaged parts of the directory that this pass has found',
    () => scrub().last?.damaged ?? 0,
  );
  show(
    'holdfast_directory_scrub_repaired',
    'How many of these it has made whole',
    () => scrub().last?.repaired ?? 0,
  );
  return registry;
}

/** Anybody who reaches the port sees it: names and addresses of servers are for users (§P9). */
function page({ name, members }: FrontendPagesOptions): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Holdfast ${name}</title>
<h1>${name}</h1><p>This is a Holdfast frontend, with ${members.live.length} of ${members.all.length} servers live.
Reach its files with <code>holdfast connect</code> and this address; <code>holdfast status</code> then
tells which servers these are.</p></html>
`;
}
