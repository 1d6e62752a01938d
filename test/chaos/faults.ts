import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceProcess } from './instance-process.ts';
import { whyNoDiskLimit } from './instance-process.ts';
import type { Random } from './random.ts';
import { type Scene, SESSION_TIMEOUT_MS } from './scene.ts';

/** Something bad that happens to a part of the application, and is over when it resolves; all instances are wanted then. */
export type Fault = (scene: Scene, random: Random, say: (what: string) => void) => Promise<void>;

const HOUR_MS = 3_600_000;

const victim = (scene: Scene, random: Random): InstanceProcess =>
  random.pick(scene.instances.filter(({ running }) => running));

const kill: Fault = async (scene, random, say) => {
  const instance = victim(scene, random);
  const away = random.pick([0, 500, SESSION_TIMEOUT_MS + 1_000]);
  say(`SIGKILL of ${instance.name}, back after ${away} ms`);
  await instance.kill();
  scene.deeds.kills++;
  await sleep(away);
  instance.start();
};

const killAll: Fault = async (scene, _random, say) => {
  const all = scene.instances.filter(({ running }) => running);
  say('SIGKILL of all instances');
  await Promise.all(all.map((instance) => instance.kill()));
  scene.deeds.kills += all.length;
  for (const instance of all) instance.start();
};

const stop: Fault = async (scene, random, say) => {
  const instance = victim(scene, random);
  const ms = SESSION_TIMEOUT_MS + random.whole(500, 5_000);
  say(`SIGSTOP of ${instance.name} for ${ms} ms`);
  instance.signal('SIGSTOP');
  scene.deeds.stops++;
  await sleep(ms);
  instance.signal('SIGCONT');
};

const brokerKill: Fault = async (scene, random, say) => {
  const away = random.whole(0, 2_000);
  say(`SIGKILL of the broker, back after ${away} ms`);
  await scene.broker.kill();
  await sleep(away);
  await scene.broker.restart();
  scene.deeds.brokerRestarts++;
};

const brokerRestart: Fault = async (scene, _random, say) => {
  say('restart of the broker in good order');
  await scene.broker.restart();
  scene.deeds.brokerRestarts++;
};

const leaveAndJoin: Fault = async (scene, random, say) => {
  const instance = victim(scene, random);
  say(`${instance.name} leaves and joins again`);
  const left = await instance.stop();
  if (!left) say(`${instance.name} did not leave in time and was killed`);
  await sleep(random.whole(0, 2_000));
  instance.start();
  scene.deeds.rebalances += 2;
};

const newcomer: Fault = async (scene, random, say) => {
  const instance = scene.add(`newcomer-${scene.deeds.rebalances}`);
  say(`${instance.name} joins for a while`);
  instance.start();
  await sleep(random.whole(2_000, 4_000));
  const ending = random.pick(['leaves', 'is killed']);
  say(`${instance.name} ${ending}`);
  if (ending === 'leaves') await instance.stop();
  else {
    await instance.kill();
    scene.deeds.kills++;
  }
  scene.remove(instance);
  scene.deeds.rebalances += 2;
};

const diskFull: Fault = async (scene, random, say) => {
  const instance = victim(scene, random);
  const ms = random.whole(1_000, 3_000);
  say(`full disk of ${instance.name} for ${ms} ms`);
  instance.limitDisk(true);
  scene.deeds.diskFull++;
  await sleep(ms);
  instance.limitDisk(false);
};

const clockJump: Fault = async (scene, random, say) => {
  const instance = victim(scene, random);
  const ms = random.pick([-1, 1]) * random.whole(1_000, HOUR_MS);
  say(`the clock of ${instance.name} jumps by ${ms} ms`);
  instance.jump(ms);
  scene.deeds.clockJumps++;
  await sleep(1_000);
};

export function allFaults(): readonly (readonly [name: string, fault: Fault])[] {
  const disk = whyNoDiskLimit() === null ? [['diskFull', diskFull] as const] : [];
  return [
    ['kill', kill],
    ['stop', stop],
    ['brokerKill', brokerKill],
    ['leaveAndJoin', leaveAndJoin],
    ...disk,
    ['clockJump', clockJump],
    ['killAll', killAll],
    ['newcomer', newcomer],
    ['brokerRestart', brokerRestart],
  ];
}

/** Faults in turns of all kinds, each turn in an order of its own, so that a few rounds already meet most of them. */
export function* faultsInTurns(random: Random): Generator<readonly [name: string, fault: Fault], never> {
  for (;;) {
    const left = [...allFaults()];
    while (left.length > 0) {
      const [next] = left.splice(random.whole(0, left.length), 1);
      if (next) yield next;
    }
  }
}
