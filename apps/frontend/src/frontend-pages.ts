import type { Auth } from '@holdfast/auth';
import type { Members } from '@holdfast/replication';
import type { HttpHandlers, Probe } from '@holdfast/rmi';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export interface FrontendPagesOptions {
  readonly name: string;
  readonly metricsToken?: string | undefined;
  readonly members: Members;
  readonly auth: Auth;
  readonly ready: () => Probe;
}

/** What a frontend shows to a browser, to a monitoring system, and to single calls over HTTP. */
export function frontendPages(options: FrontendPagesOptions): HttpHandlers {
  const metrics = clusterMetrics(options.members);
  return {
    page: () => page(options),
    ready: options.ready,
    metrics: () => metrics.metrics(),
    ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    authenticate: (token) => options.auth.principalOfToken(token),
  };
}

function clusterMetrics(members: Members): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'holdfast_servers_live',
    help: 'Servers that take part in reads and writes',
    registers,
    collect() {
      this.set(members.live.length);
    },
  });
  new Gauge({
    name: 'holdfast_servers_enrolled',
    help: 'Servers of the roster',
    registers,
    collect() {
      this.set(members.all.length);
    },
  });
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
