/* Batch norm with its ReLU, and a step's combination of states, over bfloat16 tensors: each pass
   over memory reads what it needs once, and no intermediate is written.

   A tensor is dense memory with its channels innermost (channels_last), taken as rows of `width`
   elements: width is a multiple of LANES and of the number of channels, so that a column of the
   rows belongs to one channel.  Sums grow in float32 over a block of rows and in double over the
   blocks.  Rows are cut into `parts`, one a thread, and the parts' sums are added in order: the
   same number of parts gives the same bits.

   Rounding to bfloat16 is to nearest, ties to even, as in PyTorch.  A ReLU hands a NaN on. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

typedef uint16_t bfloat16;

enum { LANES = 128, BLOCK = 256, PIECE = 4096 };

static inline float wide(bfloat16 value)
{
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static inline bfloat16 narrow(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bfloat16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline long first_row(long rows, int part, int parts)
{
    return rows * part / parts;
}

/* Sums of a part, folded from columns to channels. */
static void fold(const double *columns, long width, long channels, double *sums)
{
    for (long column = 0; column < width; column++)
        sums[column % channels] += columns[column];
}

static void widen(const float *values, long channels, long width, float *columns)
{
    for (long column = 0; column < width; column++)
        columns[column] = values[column % channels];
}

/* sums[0..width) += Σ (x − origin), sums[width..2 width) += Σ (x − origin)², over some rows. */
static void add_moments(const bfloat16 *restrict x, long rows, long width,
                        const float *restrict origin, double *restrict sums)
{
    for (long column = 0; column < width; column += LANES) {
        const float *restrict o = origin + column;
        for (long start = 0; start < rows; start += BLOCK) {
            long end = start + BLOCK < rows ? start + BLOCK : rows;
            float first[LANES] = {0}, second[LANES] = {0};
            for (long row = start; row < end; row++) {
                const bfloat16 *restrict in = x + row * width + column;
                for (int lane = 0; lane < LANES; lane++) {
                    float value = wide(in[lane]) - o[lane];
                    first[lane] += value;
                    second[lane] += value * value;
                }
            }
            for (int lane = 0; lane < LANES; lane++) {
                sums[column + lane] += first[lane];
                sums[width + column + lane] += second[lane];
            }
        }
    }
}

/* y = max(0, scale x + shift) */
static void transform(const bfloat16 *restrict x, long rows, long width,
                      const float *restrict scale, const float *restrict shift,
                      bfloat16 *restrict y)
{
    for (long row = 0; row < rows; row++)
        for (long column = 0; column < width; column += LANES) {
            const bfloat16 *restrict in = x + row * width + column;
            bfloat16 *restrict out = y + row * width + column;
            for (int lane = 0; lane < LANES; lane++) {
                float value = wide(in[lane]) * scale[column + lane] + shift[column + lane];
                out[lane] = narrow(value <= 0 ? 0 : value);
            }
        }
}

/* transform, a part a thread; columns: scales, then shifts. */
static void transform_parts(const bfloat16 *x, long rows, long width, int parts,
                            const float *columns, bfloat16 *y)
{
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long start = first_row(rows, part, parts), end = first_row(rows, part + 1, parts);
        transform(x + start * width, end - start, width, columns, columns + width,
                  y + start * width);
    }
}

/* Batch norm and ReLU by the batch's statistics.

   Running statistics may be absent (NULL).  saved: 4 × channels for the backward pass: mean,
   1/deviation, scale, shift.  Returns 0, or 1 where memory is short. */
int norm_relu_forward(const bfloat16 *x, long rows, long width, long channels, int parts,
                      const float *weight, const float *bias, float *running_mean,
                      float *running_variance, double momentum, double epsilon, bfloat16 *y,
                      float *saved)
{
    double *sums = calloc((size_t)(2 * width * parts + 2 * channels), sizeof *sums);
    float *columns = malloc((size_t)(2 * width) * sizeof *columns);
    if (!sums || !columns) {
        free(sums);
        free(columns);
        return 1;
    }
    float *mean = saved, *inverse = saved + channels;
    float *scale = saved + 2 * channels, *shift = saved + 3 * channels;
    /* Moments around a value of the channel's own: no digits are lost where the mean is far from 0. */
    for (long column = 0; column < width; column++)
        columns[column] = wide(x[column % channels]);
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long start = first_row(rows, part, parts), end = first_row(rows, part + 1, parts);
        add_moments(x + start * width, end - start, width, columns, sums + 2 * width * part);
    }
    double *total = sums + 2 * width * parts;
    for (int part = 0; part < parts; part++) {
        fold(sums + 2 * width * part, width, channels, total);
        fold(sums + 2 * width * part + width, width, channels, total + channels);
    }
    double count = (double)rows * (double)width / (double)channels;
    for (long c = 0; c < channels; c++) {
        double offset = total[c] / count;
        double variance = total[channels + c] / count - offset * offset;
        /* Rounding may leave less than nothing; a NaN stays. */
        if (variance < 0)
            variance = 0;
        double middle = columns[c] + offset;
        mean[c] = (float)middle;
        inverse[c] = (float)(1 / sqrt(variance + epsilon));
        scale[c] = weight[c] * inverse[c];
        shift[c] = bias[c] - mean[c] * scale[c];
        if (running_mean) {
            double unbiased = variance * count / (count - 1);
            running_mean[c] = (float)((1 - momentum) * running_mean[c] + momentum * middle);
            running_variance[c] =
                (float)((1 - momentum) * running_variance[c] + momentum * unbiased);
        }
    }
    widen(scale, channels, width, columns);
    widen(shift, channels, width, columns + width);
    transform_parts(x, rows, width, parts, columns, y);
    free(sums);
    free(columns);
    return 0;
}

/* sums[0..width) += Σ d, sums[width..2 width) += Σ d (x − mean): d is the gradient where the ReLU
   let the value through. */
static void add_gradients(const bfloat16 *restrict x, const bfloat16 *restrict gradient, long rows,
                          long width, const float *restrict columns, double *restrict sums)
{
    for (long column = 0; column < width; column += LANES) {
        const float *restrict mean = columns + column;
        const float *restrict scale = columns + width + column;
        const float *restrict shift = columns + 2 * width + column;
        for (long start = 0; start < rows; start += BLOCK) {
            long end = start + BLOCK < rows ? start + BLOCK : rows;
            float first[LANES] = {0}, second[LANES] = {0};
            for (long row = start; row < end; row++) {
                const bfloat16 *restrict in = x + row * width + column;
                const bfloat16 *restrict from = gradient + row * width + column;
                for (int lane = 0; lane < LANES; lane++) {
                    float value = wide(in[lane]), slope = wide(from[lane]);
                    float through = value * scale[lane] + shift[lane] <= 0 ? 0 : slope;
                    first[lane] += through;
                    second[lane] += through * (value - mean[lane]);
                }
            }
            for (int lane = 0; lane < LANES; lane++) {
                sums[column + lane] += first[lane];
                sums[width + column + lane] += second[lane];
            }
        }
    }
}

/* The gradient of x, plus `other` where it is not NULL. */
static inline void spread(const bfloat16 *restrict x, const bfloat16 *restrict gradient,
                          const bfloat16 *restrict other, long rows, long width,
                          const float *restrict columns, bfloat16 *restrict found)
{
    for (long row = 0; row < rows; row++)
        for (long column = 0; column < width; column += LANES) {
            const float *restrict mean = columns + column;
            const float *restrict scale = mean + width, *restrict shift = scale + width;
            const float *restrict slant = shift + width, *restrict level = slant + width;
            const bfloat16 *restrict in = x + row * width + column;
            const bfloat16 *restrict from = gradient + row * width + column;
            const bfloat16 *restrict more = other ? other + row * width + column : NULL;
            bfloat16 *restrict out = found + row * width + column;
            for (int lane = 0; lane < LANES; lane++) {
                float value = wide(in[lane]), slope = wide(from[lane]);
                float through = value * scale[lane] + shift[lane] <= 0 ? 0 : slope;
                float sum = scale[lane] * through - slant[lane] * (value - mean[lane]) - level[lane];
                out[lane] = narrow(more ? sum + wide(more[lane]) : sum);
            }
        }
}

/* Backward through norm_relu_forward.  other: what else has reached x, added; or NULL. */
int norm_relu_backward(const bfloat16 *x, const bfloat16 *gradient, const bfloat16 *other,
                       long rows, long width, long channels, int parts, const float *saved,
                       bfloat16 *found, float *weight_gradient, float *bias_gradient)
{
    double *sums = calloc((size_t)(2 * width * parts + 2 * channels), sizeof *sums);
    float *columns = malloc((size_t)(5 * width + 2 * channels) * sizeof *columns);
    if (!sums || !columns) {
        free(sums);
        free(columns);
        return 1;
    }
    const float *inverse = saved + channels, *scale = saved + 2 * channels;
    widen(saved, channels, width, columns);
    widen(scale, channels, width, columns + width);
    widen(saved + 3 * channels, channels, width, columns + 2 * width);
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long start = first_row(rows, part, parts), end = first_row(rows, part + 1, parts);
        add_gradients(x + start * width, gradient + start * width, end - start, width, columns,
                      sums + 2 * width * part);
    }
    double *total = sums + 2 * width * parts;
    for (int part = 0; part < parts; part++) {
        fold(sums + 2 * width * part, width, channels, total);
        fold(sums + 2 * width * part + width, width, channels, total + channels);
    }
    double count = (double)rows * (double)width / (double)channels;
    float *slant = columns + 5 * width, *level = slant + channels;
    for (long c = 0; c < channels; c++) {
        double along = total[channels + c] * inverse[c];
        bias_gradient[c] = (float)total[c];
        weight_gradient[c] = (float)along;
        slant[c] = (float)(scale[c] * inverse[c] * along / count);
        level[c] = (float)(scale[c] * total[c] / count);
    }
    widen(slant, channels, width, columns + 3 * width);
    widen(level, channels, width, columns + 4 * width);
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long start = first_row(rows, part, parts) * width;
        long count_here = first_row(rows, part + 1, parts) - first_row(rows, part, parts);
        if (other)
            spread(x + start, gradient + start, other + start, count_here, width, columns,
                   found + start);
        else
            spread(x + start, gradient + start, NULL, count_here, width, columns, found + start);
    }
    free(sums);
    free(columns);
    return 0;
}

/* Batch norm by running statistics, and ReLU. */
int norm_relu_evaluate(const bfloat16 *x, long rows, long width, long channels, int parts,
                       const float *weight, const float *bias, const float *mean,
                       const float *variance, double epsilon, bfloat16 *y)
{
    float *columns = malloc((size_t)(2 * width + 2 * channels) * sizeof *columns);
    if (!columns)
        return 1;
    float *scale = columns + 2 * width, *shift = scale + channels;
    for (long c = 0; c < channels; c++) {
        scale[c] = weight[c] * (float)(1 / sqrt(variance[c] + epsilon));
        shift[c] = bias[c] - mean[c] * scale[c];
    }
    widen(scale, channels, width, columns);
    widen(shift, channels, width, columns + width);
    transform_parts(x, rows, width, parts, columns, y);
    free(columns);
    return 0;
}

static inline void combine_part(bfloat16 *restrict slope, const bfloat16 *restrict y0,
                                const bfloat16 *restrict y1, const bfloat16 *restrict y2,
                                const float *alphas, long elements)
{
    float a0 = alphas[0], a1 = y1 ? alphas[1] : 0, a2 = y2 ? alphas[2] : 0;
    for (long i = 0; i < elements; i++) {
        float sum = wide(slope[i]) + a0 * wide(y0[i]);
        if (y1)
            sum += a1 * wide(y1[i]);
        if (y2)
            sum += a2 * wide(y2[i]);
        slope[i] = narrow(sum);
    }
}

/* slope += Σ αₛ yₛ over one, two or three states. */
int combine(bfloat16 *slope, int states, const bfloat16 *const *y, const float *alphas,
             long elements, int parts)
{
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long start = first_row(elements, part, parts);
        long count = first_row(elements, part + 1, parts) - start;
        if (states == 1)
            combine_part(slope + start, y[0] + start, NULL, NULL, alphas, count);
        else if (states == 2)
            combine_part(slope + start, y[0] + start, y[1] + start, NULL, alphas, count);
        else
            combine_part(slope + start, y[0] + start, y[1] + start, y[2] + start, alphas, count);
    }
    return 0;
}

static inline void add_scaled(const bfloat16 *restrict gradient, float alpha,
                              const bfloat16 *restrict other, bfloat16 *restrict found,
                              long elements)
{
    for (long i = 0; i < elements; i++) {
        float scaled = alpha * wide(gradient[i]);
        found[i] = narrow(other ? scaled + wide(other[i]) : scaled);
    }
}

/* foundₛ = otherₛ + αₛ gradient for every state; an other that is NULL is 0. */
int distribute(const bfloat16 *gradient, int states, const float *alphas,
                const bfloat16 *const *others, bfloat16 *const *found, long elements, int parts)
{
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; part++) {
        long end = first_row(elements, part + 1, parts);
        /* Short pieces: the gradient is read from memory once, then from the nearest cache. */
        for (long start = first_row(elements, part, parts); start < end; start += PIECE) {
            long count = end - start < PIECE ? end - start : PIECE;
            for (int s = 0; s < states; s++)
                if (others[s])
                    add_scaled(gradient + start, alphas[s], others[s] + start, found[s] + start,
                               count);
                else
                    add_scaled(gradient + start, alphas[s], NULL, found[s] + start, count);
        }
    }
    return 0;
}
