import { expect, test } from 'vitest';
import { RepairBacklog } from './repair-backlog.ts';

test('what was not looked at yet is taken to be like what was', () => {
  const backlog = new RepairBacklog();
  backlog.beginWalk(100);
  backlog.planned(25, { copies: 50, bytes: 500 });
  expect(backlog.left).toEqual({ copies: 200, bytes: 2_000 });
  backlog.over({ copies: 50, bytes: 500 });
  expect(backlog.left).toEqual({ copies: 150, bytes: 1_500 });
  backlog.planned(75, { copies: 0, bytes: 0 });
  expect(backlog.left).toEqual({ copies: 0, bytes: 0 });
});

test('after a walk only what was planned is left, until all of it is over', () => {
  const backlog = new RepairBacklog();
  backlog.beginWalk(100);
  backlog.planned(25, { copies: 50, bytes: 500 });
  backlog.endWalk();
  expect(backlog.left).toEqual({ copies: 50, bytes: 500 });
  expect(backlog.isMoving).toBe(true);
  backlog.over({ copies: 50, bytes: 500 });
  expect(backlog.isMoving).toBe(false);
});
