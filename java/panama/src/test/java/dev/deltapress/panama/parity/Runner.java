package dev.deltapress.panama.parity;

import java.util.List;

/** Somebody who does the operations. */
interface Runner {

    /** Whether it knows this case at all. */
    boolean does(Case c);

    /** The outputs, in the order of {@link Case#outputs}. */
    List<Operand> run(Case c);
}
