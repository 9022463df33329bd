import { inlineDeliverer } from '../../../scheduler/deliver/inline.ts'
import { deliverSuite } from '../../suite/deliver.ts'

deliverSuite('inline', async concurrency => inlineDeliverer(concurrency))
