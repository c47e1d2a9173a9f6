import { describe, expect, it } from 'vitest';
import { DatabaseStep } from '../../../lib/restore/database/database-step.ts';
import { OwnerStep } from '../../../lib/restore/owner/owner-step.ts';
import { archivingOffStep } from '../../../lib/restore/recovery/archive-mode.ts';
import { restoreSteps, type StepChoices } from '../../../lib/restore/restore-steps.ts';
import { SelectionStep } from '../../../lib/restore/selection/selection-step.ts';

const { signal } = new AbortController();
const ALL: StepChoices = { only: [], exclude: [] };
const steps = (choices: Partial<StepChoices>) => restoreSteps({ ...ALL, ...choices }, signal).list;

describe('restoreSteps', () => {
  it('are those of the owner only where nothing is chosen', () => {
    expect(steps({})).toEqual([expect.any(OwnerStep)]);
    expect(steps({ archiveMode: 'preserve' })).toHaveLength(1);
  });

  it('give files away after all that makes files', () => {
    const recovery = {
      kind: 'standby',
      primaryConninfo: 'host=db1',
      slot: undefined,
      restoreCommand: undefined,
    } as const;
    const databases = { oids: [16384], names: [] };
    const list = steps({ recovery, archiveMode: 'off', databases, exclude: ['log'] });
    expect(list.slice(1)).toEqual([
      archivingOffStep,
      expect.any(DatabaseStep),
      expect.any(SelectionStep),
      expect.any(OwnerStep),
    ]);
    expect(list[0]).toHaveProperty('complete');
  });

  it.each([{ only: ['base'] }, { exclude: ['base'] }])('select by $only $exclude', (choices) => {
    const { selection, list } = restoreSteps({ ...ALL, ...choices }, signal);
    expect(list).toContain(selection);
  });
});
