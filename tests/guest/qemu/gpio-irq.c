// SPDX-License-Identifier: GPL-2.0

/*
 * A user of GPIO interrupts for test guests: what tools in user space can have
 * is edges, so this one waits for a level.  It is like a driver whose node in a
 * device tree says "interrupts =" and nothing else: the line's direction is
 * never set.
 *
 *   insmod gpio-irq.ko chip=LABEL line=N level=0|1
 *
 * For each interrupt, "seen" has a digit more: the value that the line had
 * then.  The interrupt stays masked until somebody writes to "handled".
 */

#include <linux/gpio/driver.h>
#include <linux/interrupt.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/wait.h>

static char *chip;
module_param(chip, charp, 0444);
static unsigned int line;
module_param(line, uint, 0444);
static bool level;
module_param(level, bool, 0444);

static char seen_digits[64];
static char *seen = seen_digits;
module_param(seen, charp, 0444);

static DECLARE_WAIT_QUEUE_HEAD(queue);
static unsigned int n_seen, n_handled;
static bool leaving;

static int set_handled(const char *value, const struct kernel_param *param)
{
	WRITE_ONCE(n_handled, n_handled + 1);
	wake_up(&queue);
	return 0;
}
static const struct kernel_param_ops handled_ops = { .set = set_handled };
module_param_cb(handled, &handled_ops, NULL, 0200);

static struct gpio_device *gpio;
static int irq;

static irqreturn_t handle(int number, void *context)
{
	struct gpio_chip *gc = gpio_device_get_chip(gpio);
	int value = gc->get(gc, line);

	if (n_seen + 1 < sizeof(seen_digits))
		seen_digits[n_seen] = value < 0 ? 'e' : '0' + value;
	n_seen++;
	wait_event(queue, READ_ONCE(n_handled) >= n_seen || READ_ONCE(leaving));

	return IRQ_HANDLED;
}

static int __init gpio_irq_init(void)
{
	unsigned long flags = level ? IRQF_TRIGGER_HIGH : IRQF_TRIGGER_LOW;
	struct gpio_chip *gc;
	int r;

	gpio = gpio_device_find_by_label(chip);
	if (!gpio)
		return -ENODEV;
	gc = gpio_device_get_chip(gpio);
	irq = gc->irq.domain ? irq_create_mapping(gc->irq.domain, line) : 0;
	r = irq > 0 ? request_threaded_irq(irq, NULL, handle,
					   flags | IRQF_ONESHOT, "gpio-irq",
					   NULL)
		    : -ENXIO;
	if (r < 0)
		gpio_device_put(gpio);

	return r;
}

static void __exit gpio_irq_exit(void)
{
	WRITE_ONCE(leaving, true);
	wake_up(&queue);
	free_irq(irq, NULL);
	irq_dispose_mapping(irq);
	gpio_device_put(gpio);
}

module_init(gpio_irq_init);
module_exit(gpio_irq_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("user of level interrupts for tests");
