#ifndef DELTAPRESS_INTEGER_ROOF_H
#define DELTAPRESS_INTEGER_ROOF_H

/*
 * 32-bit integer operations per second that the device reaches on the mix that Philox is made of: half of them multiplications with both
 * halves of the product, half three-way xors, and nothing else to wait for. 0 in the host flavour, which is not measured.
 */
double integer_roof();

#endif
