import { readCifarFiles } from "./cifar-files.ts";
import type { DatasetPair } from "./dataset.ts";
import { cifar100Digests } from "./digests.ts";
import type { DigestTable } from "./digests.ts";

export const cifar100Files = ["train.bin", "test.bin"] as const;

/** The fine classes, in the order of the archive's fine_label_names.txt. */
const classNames = `
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
train trout tulip turtle wardrobe whale willow_tree wolf woman worm`
  .trim()
  .split(/\s+/);

/**
 * CIFAR-100 (Krizhevsky 2009) from the official binary files, gzipped or not, with its 100 fine classes.
 *
 * @param options.digests what the files must be; null for other data in the same format.
 * @returns train 50,000 and test 10,000 images of shape [32, 32, 3].
 * @throws LecternError `not-found`, `invalid-data` (truncated, labels out of range), `integrity`.
 * @example
 * ```ts
 * const { train } = await readCifar100("data/cifar-100");
 * ```
 */
export async function readCifar100(
  folder: string,
  { digests = cifar100Digests }: { readonly digests?: DigestTable | null } = {},
): Promise<DatasetPair> {
  const records = { labelBytes: 2, classNames, digests };
  return {
    train: await readCifarFiles(folder, [cifar100Files[0]], records),
    test: await readCifarFiles(folder, [cifar100Files[1]], records),
  };
}
