import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;

/** Whoever is not in view gets no records, and nobody would let it in: it must join again first. */
export const droppedWhileCatchingUp: Scenario = {
  name: 'dropped-while-catching-up',
  what: 'A server that returns is cut off for so long, just after it joined the view, that it is dropped from it.',
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    const { members, engine } = stage.parts;
    const store = members.named(third.name)?.store ?? '';
    await third.crash('kill');
    let cutOff: Disposable | undefined;
    stage.at('catch-up.accepted', () => {
      cutOff = stage.network.close((from, to) => [from, to].includes(third.address));
    });
    await third.start();
    await stage.until(() => cutOff !== undefined, 'the server has joined the view');
    await stage.until(
      () => !engine.status.view.stores.some((one) => one === store),
      'it was dropped',
    );
    cutOff?.[Symbol.dispose]();
    await stage.write(client, '/shared/new', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
